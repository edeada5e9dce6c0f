exports.handler = async () => "first";
