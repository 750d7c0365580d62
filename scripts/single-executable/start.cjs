// Imports the program that was unpacked beside it.
void import("./dist/server/main.js");
