import ms from "ms";
export const handler = async () => ms("1 day");
