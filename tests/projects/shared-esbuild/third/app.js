import ms from "ms";
export const handler = async () => ms("2 days");
