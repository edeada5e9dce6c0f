"use strict";

const ms = require("ms");

exports.handler = async (event) => {
  const duration = ms(event.queryStringParameters?.text || " ");
  if (duration === undefined) return { statusCode: 400, body: "how long?\n" };
  return { statusCode: 200, body: `${duration} ms\n` };
};
