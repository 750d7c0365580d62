import { buildWebIfStale } from "./web-bundle.ts";

buildWebIfStale();
