module.exports = { day: require("ms")("1 day") };
