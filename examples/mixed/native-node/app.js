"use strict";

const hash = require("./build/Release/hash.node");

exports.handler = async (event) => {
  const text = event.queryStringParameters?.text;
  if (text === undefined) return { statusCode: 400, body: "which text?\n" };
  return { statusCode: 200, body: hash(text).toString(16).padStart(8, "0") + "\n" };
};
