import ms from "ms";

interface Result {
  statusCode: number;
  body: string;
}

export const lambdaHandler = async (): Promise<Result> => {
  return { statusCode: 200, body: JSON.stringify({ message: "hello world", day: ms("1 day") }) };
};
