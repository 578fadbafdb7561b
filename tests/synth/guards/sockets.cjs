// Loaded into Node.js before anything else: whoever makes a socket or asks for a name ends the process.
const STATUS = 97;
const refuse = (what) => () => {
  require("node:fs").writeSync(2, `a socket: ${what}\n`);
  process.exit(STATUS);
};
require("node:net").Socket.prototype.connect = refuse("connect");
require("node:net").Server.prototype.listen = refuse("listen");
require("node:dgram").createSocket = refuse("datagram");
require("node:dns").lookup = refuse("lookup");
require("node:dns").promises.lookup = refuse("lookup");
globalThis.fetch = refuse("fetch");
