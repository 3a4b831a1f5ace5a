/**
 * What lists on the server, and what the server sends while it comes, have in common.
 *
 * @module lists
 */
export type {
  Listing, Page, ListQuery, Feed,
} from "../src/index.js";
