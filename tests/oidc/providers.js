// Plays Microsoft, Google and a provider of nobody in particular, each by the certified implementation `oidc-provider`, on
// one port of loopback. Prints the port once it listens.
//
//   node tests/oidc/providers.js MODULES REDIRECT...     Node 22 or later; the folder that npm has installed into, and
//                                                        the portal's addresses to come back to
//
// /microsoft/TENANT/v2.0   one provider for each tenant; /microsoft/common/v2.0 leads to all of them, as Microsoft's does
// /google                  has its claims in the ID token, as Google has
// /generic                 has them at its userinfo endpoint only, as the standard says
//
// It also prints each token that it issues, in a line that begins with "issued", for who looks where they must not be.

import { createHmac, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...redirects] = process.argv.slice(2);
const library = pathToFileURL(resolve(modules, "oidc-provider/lib/index.js"));
const { default: Provider, interactionPolicy } = await import(library);

const CLIENT = { client_id: "portal", client_secret: "a-secret-of-the-portal-alone" };

const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const WORK = "11111111-0000-4000-8000-000000000001";
const FOREIGN = "22222222-0000-4000-8000-000000000002";

const BOB = "bob@example.net";

// Who can sign in where, and what the provider says of him.
const ACCOUNTS = {
  [`/microsoft/${CONSUMERS}/v2.0`]: {
    personal: { email: BOB, tid: CONSUMERS },
    another: { email: "dora@example.net", tid: CONSUMERS },
  },
  [`/microsoft/${WORK}/v2.0`]: {
    owned: { email: BOB, tid: WORK, xms_edov: true },
    unowned: { email: BOB, tid: WORK, preferred_username: BOB },
  },
  // The administrator of this tenant has written somebody else's address into his own account.
  [`/microsoft/${FOREIGN}/v2.0`]: {
    claimed: { email: BOB, tid: FOREIGN, xms_edov: false, preferred_username: "mallory@evil.example" },
  },
  "/google": {
    gmail: { email: "bob@gmail.com", email_verified: true },
    workspace: { email: BOB, email_verified: true, hd: "example.net" },
    unverified: { email: BOB, email_verified: false, hd: "example.net" },
    elsewhere: { email: BOB, email_verified: true },
    // Their tokens are forged, see below.
    "confused-pem": { email: BOB, email_verified: true, hd: "example.net" },
    "confused-pkcs1": { email: BOB, email_verified: true, hd: "example.net" },
    "confused-der": { email: BOB, email_verified: true, hd: "example.net" },
    "confused-jwk": { email: BOB, email_verified: true, hd: "example.net" },
    "confused-modulus": { email: BOB, email_verified: true, hd: "example.net" },
  },
  "/generic": {
    verified: { email: BOB, email_verified: true },
    shouting: { email: "BOB@Example.NET", email_verified: true },
    plus: { email: "bob+news@example.net", email_verified: true },
    lookalike: { email: "bob@еxample.net", email_verified: true },
    doubtful: { email: BOB, email_verified: false },
    textual: { email: BOB, email_verified: "true" },
    silent: {},
    outsider: { email: "bob@elsewhere.example", email_verified: true },
  },
};

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const KEYS = { keys: [{ ...pair.privateKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] };

// What everybody knows of the key, as a library might take it for a shared secret that lets the token say how it is to be checked.
const jwk = pair.publicKey.export({ format: "jwk" });
const CONFUSED = {
  "confused-pem": pair.publicKey.export({ type: "spki", format: "pem" }),
  "confused-pkcs1": pair.publicKey.export({ type: "pkcs1", format: "pem" }),
  "confused-der": pair.publicKey.export({ type: "spki", format: "der" }),
  "confused-jwk": JSON.stringify({ ...jwk, kid: "1", use: "sig", alg: "RS256" }),
  "confused-modulus": Buffer.from(jwk.n, "base64url"),
};

// Signs the claims of a good token anew, as somebody can who holds no secret of the provider's.
function confuse(token) {
  const claims = token.split(".")[1];
  const secret = CONFUSED[JSON.parse(Buffer.from(claims, "base64url")).sub];
  if (!secret) return token;
  const header = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT", kid: "1" })).toString("base64url");
  return `${header}.${claims}.${createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url")}`;
}

// Runs behind the provider's own answers.
async function issue(context, next) {
  await next();
  if (!context.path.endsWith("/token") || !context.body?.id_token) return;
  context.body.id_token = confuse(context.body.id_token);
  for (const token of [context.body.id_token, context.body.access_token]) process.stdout.write(`issued ${token}\n`);
}

function configuration(mount) {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  const cookie = mount.replaceAll(/[^a-z0-9]/g, "");
  return {
    clients: [{ ...CLIENT, redirect_uris: redirects }],
    jwks: KEYS,
    claims: { openid: ["sub", "tid", "hd"], email: ["email", "email_verified", "xms_edov", "preferred_username"] },
    conformIdTokenClaims: mount === "/generic",
    cookies: {
      keys: ["for tests only"],
      names: { session: `${cookie}-session`, interaction: `${cookie}-interaction`, resume: `${cookie}-resume` },
    },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...ACCOUNTS[mount][id] }) }),
    interactions: { policy, url: (_, interaction) => `${mount}/choose/${interaction.uid}` },
    loadExistingGrant: async (context) => {
      const { client, session, provider } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    ttl: { Interaction: 3600, Session: 3600, Grant: 3600, AuthorizationCode: 60, AccessToken: 60, IdToken: 3600 },
  };
}

function page(response, content) {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end(`<!DOCTYPE html><html lang="en"><title>Choose an account</title><main>${content}</main>`);
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

// Lets the reader choose an account, or go back without one.
async function choose(provider, mount, request, response) {
  if (request.method === "POST") {
    const account = new URLSearchParams(await read(request)).get("account");
    const result =
      account === "cancel"
        ? { error: "access_denied", error_description: "the reader did not want to" }
        : { login: { accountId: account }, select_account: {} };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return;
  }
  const button = (name) => `<button id="${name}" name="account" value="${name}">${name}</button> `;
  page(response, `<form method="post">${[...Object.keys(ACCOUNTS[mount]), "cancel"].map(button).join("")}</form>`);
}

// What Microsoft has for all tenants: one document, one way in, one place to redeem codes.
async function common(base, providers, url, request, response) {
  const tenants = [...providers.keys()].filter((mount) => mount.startsWith("/microsoft/"));
  const own = `${base}/microsoft/common`;
  if (url.pathname === "/microsoft/common/v2.0/.well-known/openid-configuration") {
    const answer = await fetch(`${base}${tenants[0]}/.well-known/openid-configuration`);
    const document = {
      ...(await answer.json()),
      issuer: `${base}/microsoft/{tenantid}/v2.0`,
      authorization_endpoint: `${own}/authorize`,
      token_endpoint: `${own}/token`,
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(document));
  } else if (url.pathname === "/microsoft/common/authorize") {
    const link = (mount) => `<a id="t${mount.split("/")[2]}" href="${mount}/auth${url.search.replaceAll("&", "&amp;")}">${mount}</a> `;
    page(response, tenants.map(link).join(""));
  } else if (url.pathname === "/microsoft/common/token") {
    const body = await read(request);
    const code = new URLSearchParams(body).get("code");
    let tenant = tenants[0];
    for (const mount of tenants) {
      if (await providers.get(mount).AuthorizationCode.find(code)) tenant = mount;
    }
    const { authorization, "content-type": type } = request.headers;
    const headers = { "content-type": type, ...(authorization && { authorization }) };
    const answer = await fetch(`${base}${tenant}/token`, { method: "POST", headers, body });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  } else {
    response.writeHead(404).end();
  }
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const providers = new Map();
  for (const mount of Object.keys(ACCOUNTS)) {
    const provider = new Provider(`${base}${mount}`, configuration(mount));
    provider.use(issue);
    providers.set(mount, provider);
  }
  const handlers = new Map([...providers].map(([mount, provider]) => [mount, provider.callback()]));
  server.on("request", async (request, response) => {
    const url = new URL(request.url, base);
    const mount = [...providers.keys()].find((mount) => url.pathname.startsWith(`${mount}/`));
    if (!mount) return common(base, providers, url, request, response);
    if (url.pathname.startsWith(`${mount}/choose/`)) return choose(providers.get(mount), mount, request, response);
    request.originalUrl = request.url;
    request.url = request.url.slice(mount.length);
    return handlers.get(mount)(request, response);
  });
  process.stdout.write(`${server.address().port}\n`);
});
