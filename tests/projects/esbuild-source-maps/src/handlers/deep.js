import ms from "ms";
import { handler as plain } from "../plain";

export const handler = async () => [ms("1 day"), await plain()];
