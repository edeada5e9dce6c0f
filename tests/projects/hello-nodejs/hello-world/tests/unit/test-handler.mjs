import { lambdaHandler } from "../../app.mjs";

lambdaHandler().then(({ statusCode }) => console.assert(statusCode === 200));
