exports.handler = async () => require("generated");
