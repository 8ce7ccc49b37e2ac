const [module_, room, rounds] = process.argv.slice(1);
const { lines } = require(module_);
for (const line of lines(require("fs").readFileSync(room), Number(rounds))) console.log(line);
