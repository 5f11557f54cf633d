// The README's walk by a client generated from the OpenAPI document. Prints what it has seen as one line of JSON.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Booking = components["schemas"]["BookingRead"];
type BookingStatus = components["schemas"]["BookingStatus"];
type Book = paths["/api/v1/bookings"]["post"]["responses"];
type BookConflict = Book[409]["content"]["application/problem+json"];

const baseUrl = process.argv[2];
const password = "correct horse battery";
const anybody = createClient<paths>({ baseUrl });

/** What was asked for; a problem ends the walk. */
function expected<T>(answer: { data?: T; error?: { code: string; detail: string } }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  }
  return answer.data;
}

/** A client of somebody new. */
async function signUp(name: string, role: components["schemas"]["Role"]) {
  const email = `${name.toLowerCase()}@example.com`;
  expected(await anybody.POST("/api/v1/auth/register", { body: { name, email, password, role } }));
  const session = expected(await anybody.POST("/api/v1/auth/login", { body: { email, password } }));
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${session.access_token}` } });
}

/** What a shop says of a refusal: the compiler knows every code, and that there is no other. */
function sayConflict(problem: BookConflict): string {
  switch (problem.code) {
    case "sold_out":
      return `${problem.available_tickets ?? 0} left`;
    case "customer_limit":
      return `${problem.remaining ?? 0} more for you`;
    case "not_on_sale":
      return `on sale from ${problem.sale_starts ?? "now"} to ${problem.sale_ends ?? "the end"}`;
    case "code_exhausted":
      return `for ${problem.remaining ?? 0} more`;
    case "code_expired":
    case "code_not_applicable":
    case "event_cancelled":
    case "event_past":
    case "hold_cooldown":
    case "idempotency_answer_not_kept":
    case "idempotency_in_progress":
      return problem.detail;
    default:
      return problem.code satisfies never;
  }
}

/** How a booking is shown; it has every status. */
function label(status: BookingStatus): string {
  const labels: Record<BookingStatus, string> = {
    held: "Waiting for you",
    confirmed: "See you there",
    cancelled: "Cancelled",
    expired: "Too late",
  };
  return labels[status];
}

const olga = await signUp("Olga", "organizer");
const event = expected(
  await olga.POST("/api/v1/events", {
    // Only what has no default
    body: { title: "Jazz night", description: "All night long.", date: "2031-06-01T20:00:00+02:00", total_tickets: 3 },
  }),
);
const found = expected(await anybody.GET("/api/v1/events", { params: { query: { q: "jazz", sort: "title" } } }));

const carl = await signUp("Carl", "customer");
const order = { event_id: event.id, quantity: 2 };
const key = { header: { "Idempotency-Key": "walk-1" } };
const made = await carl.POST("/api/v1/bookings", { body: order, params: key });
const again = await carl.POST("/api/v1/bookings", { body: order, params: key });
const booking: Booking = expected(made);
const refused = await carl.POST("/api/v1/bookings", { body: order });
// @ts-expect-error: a body that lacks a field is no body
const incomplete = await carl.POST("/api/v1/bookings", { body: { quantity: 2 } });

let refusal = "none";
if (refused.error && refused.response.status === 409) {
  refusal = sayConflict(refused.error as BookConflict);
}
const path = { booking_id: booking.id };
const read = expected(await carl.GET("/api/v1/bookings/{booking_id}", { params: { path } }));
const mine = expected(
  await carl.GET("/api/v1/bookings", { params: { query: { upcoming: true, sort: "event_date", status: "confirmed" } } }),
);
const moved = expected(
  await olga.PATCH("/api/v1/events/{event_id}", { params: { path: { event_id: event.id } }, body: { venue: "Hall" } }),
);
const cancelled = expected(await carl.POST("/api/v1/bookings/{booking_id}/cancel", { params: { path } }));

console.log(
  JSON.stringify({
    found: found.items.map(({ title, timezone, currency, status }) => ({ title, timezone, currency, status })),
    booked: read.event.title,
    tickets: read.tickets.map((ticket) => ticket.status),
    replayed: again.response.headers.get("Idempotent-Replayed"),
    same: again.data?.id === booking.id,
    refusal,
    incomplete: incomplete.error?.code,
    errors: incomplete.error?.errors,
    mine: mine.items.length,
    venue: moved.venue,
    statuses: [label(read.status), label(cancelled.status)],
  }),
);
