// Receive webhooks: WEBHOOK_SECRET=whsec_... node receiver.mjs 8080
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");
const seen = new Set(); // in earnest: in your database, in the transaction that does what the message asks for

function isGood(id, sentAt, signatures, body) {
  const digest = createHmac("sha256", key).update(`${id}.${sentAt}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${digest}`);
  const given = signatures.split(" ").map((signature) => Buffer.from(signature));
  const isSigned = given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  return isSigned && Math.abs(Date.now() / 1000 - Number(sentAt)) <= 300;
}

async function receive(request, response) {
  let body = Buffer.alloc(0);
  for await (const chunk of request) {
    body = Buffer.concat([body, chunk]);
    if (body.length > 1_000_000) throw new Error("too large");
  }
  const header = (name) => request.headers[`webhook-${name}`] ?? "";
  const id = header("id");
  const good = isGood(id, header("timestamp"), header("signature"), body);
  if (good && !seen.has(id)) { // it may come twice
    const change = JSON.parse(body);
    console.log(change.type, change.event_id, change.sequence);
    seen.add(id);
    if (seen.size > 10_000) seen.delete(seen.values().next().value);
  }
  response.writeHead(good ? 204 : 400).end();
}

const server = createServer((request, response) => receive(request, response).catch(() => response.destroy()));
server.listen(process.argv[2], "127.0.0.1");
