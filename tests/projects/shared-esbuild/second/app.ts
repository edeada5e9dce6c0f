import {isPlainObject} from "is-plain-object";
export const handler = async () => isPlainObject(1);
