exports.handler = async () => require("ms")("1 day");
