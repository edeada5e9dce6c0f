exports.handler = async () => "node";
