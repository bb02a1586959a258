// A real OpenID Connect provider on loopback, whose sign-in page believes whatever name it is given.
//
//   node provider.mjs '{"port": 4711, "clients": [...], "accounts": {"ana": {...claims}}}'
//
// POST /accounts replaces what it knows of accounts, as an administrator of it would.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const given = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${given.port}`;
let accounts = given.accounts;

const provider = new Provider(issuer, {
  clients: given.clients,
  pkce: { required: () => true },
  scopes: ["openid", "profile", "email"],
  claims: {
    openid: ["sub"],
    profile: ["name", "preferred_username", "groups"],
    email: ["email"],
  },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ["only for tests"] },
  ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 300, Session: 300, Grant: 300 },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) =>
    accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
});

const read = async (request) => {
  let text = "";
  for await (const part of request) {
    text += part;
  }
  return text;
};

const form = "<form method=post><input name=account><button>Sign in</button></form>";

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "consent") {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const grantId = await grant.save();
    return provider.interactionFinished(request, response, { consent: { grantId } });
  }
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    return response.end(form);
  }
  const accountId = new URLSearchParams(await read(request)).get("account");
  const result = accountId
    ? { login: { accountId } }
    : { error: "access_denied", error_description: "cancelled" };
  return provider.interactionFinished(request, response, result);
}

const callback = provider.callback();
createServer(async (request, response) => {
  if (request.method === "POST" && request.url === "/accounts") {
    accounts = JSON.parse(await read(request));
    return response.end();
  }
  if (request.url.startsWith("/interaction/")) {
    return interact(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  }
  return callback(request, response);
}).listen(given.port, "127.0.0.1", () => console.log(issuer));
