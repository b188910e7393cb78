export { default } from "./deals.js";
