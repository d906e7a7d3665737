// A Better Auth service in one file. It keeps everything in memory: a restart forgets all users.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { createJwk, jwt } from "better-auth/plugins";

const server = createServer();
server.listen(Number(process.env.PORT ?? 3000), "localhost");
await once(server, "listening");

// Tokens carry this URL as `iss` and `aud`. Port 0 is a free one, so it is known only now.
const baseURL = `http://localhost:${server.address().port}`;

// The origins of pages that may use it with its cookies: a development server's, Tasklane's own.
const pages = process.env.TRUSTED_ORIGINS ?? "http://localhost:5173,http://localhost:8080";
const trustedOrigins = pages.split(",");

const auth = betterAuth({
  baseURL,
  trustedOrigins,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
  emailAndPassword: { enabled: true },
  plugins: [jwt()],
  telemetry: { enabled: false },
});

const answer = toNodeHandler(auth);

// Better Auth leaves it to its host to let pages of other origins read the answers.
server.on("request", (request, response) => {
  const { origin } = request.headers;
  response.setHeader("Vary", "Origin");
  if (trustedOrigins.includes(origin)) {
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Access-Control-Allow-Headers", "Content-Type");
  }
  if (request.method === "OPTIONS") response.writeHead(204).end();
  else answer(request, response);
});

// Better Auth signs with its newest key and publishes all of them: adding one is a rotation.
process.on("SIGHUP", async () => {
  await createJwk({ context: await auth.$context });
  console.log("rotated the signing key");
});

console.log(`listening on ${baseURL}`);
