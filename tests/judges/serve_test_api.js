// Serves telegram-test-api, a Bot API that is polled, and prints its address; ends when standard input does.
const TelegramServer = require("telegram-test-api");

// As text, because the number 0 would mean its usual port to it.
const api = new TelegramServer({ host: "127.0.0.1", port: "0", storeTimeout: 3600 });
api.start().then(() => console.log(`http://127.0.0.1:${api.server.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume();
