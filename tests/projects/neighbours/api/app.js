exports.handler = require("common").handler;
