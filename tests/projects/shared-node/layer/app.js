exports.handler = async () => "layer";
