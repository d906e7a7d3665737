//! The settings in `docs/identity.md`, each tried with tokens as its provider makes them.

use std::path::Path;

use serde_json::{Map, Value, json};
use tasklane_tests::issuer::seconds_since_1970;
use tasklane_tests::key_server::KeyServer;
use tasklane_tests::server::Server;
use tasklane_tests::signing_key::SigningKey;
use tasklane_tests::store::{Kind, Store};

const GUIDE: &str = include_str!("../../docs/identity.md");

/// The secret that replaces the one in the guide.
const SECRET: &str = "a secret of a provider that only the tests know";

/// The TOML blocks of the guide, in their order.
fn blocks() -> Vec<&'static str> {
    let after_fences = GUIDE.split("```toml\n").skip(1);
    after_fences
        .map(|rest| rest.split("```").next().expect("a block has an end"))
        .collect()
}

/// What a provider's token looks like, and how it differs when it must be refused.
struct Provider {
    alias: &'static str,
    key: SigningKey,
    /// The header; `alg` and `kid` are the key's.
    header: Value,
    claims: Value,
    /// Claims in the place of others; `null` leaves one out.
    misses: Vec<Value>,
    /// What the profile shows as email and name.
    shown: (Value, Value),
}

impl Provider {
    /// Whether the block is about this provider and this kind of key.
    fn is_meant_by(&self, block: &str) -> bool {
        block.contains(&format!("alias = \"{}\"", self.alias))
            && block.contains(&format!("\"{}\"", self.key.algorithm()))
    }

    /// A key of the same kind and name, which the provider has not.
    fn another_key(&self) -> SigningKey {
        let id = self.key.id();
        match self.key.algorithm() {
            "HS256" => SigningKey::secret(id, "another secret of thirty-two bytes"),
            "RS256" => SigningKey::rsa(id),
            "ES256" => SigningKey::p256(id),
            _ => SigningKey::ed25519(id),
        }
    }

    fn sign(&self, changes: &Value) -> String {
        self.signed_by(&self.key, changes)
    }

    fn signed_by(&self, key: &SigningKey, changes: &Value) -> String {
        let mut header = self.header.clone();
        header["alg"] = key.algorithm().into();
        header["kid"] = key.id().into();
        let mut claims = self
            .claims
            .as_object()
            .expect("claims are an object")
            .clone();
        for (name, value) in changes.as_object().unwrap_or(&Map::new()) {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        key.sign(&header, &claims.into())
    }

    /// The block with the test's own key in the place of the provider's, and nothing else changed.
    async fn settings(&self, block: &str, folder: &Path) -> (String, Option<KeyServer>) {
        let mut keys = None;
        let mut lines = Vec::new();
        for line in block.lines() {
            let key = line.split(' ').next().unwrap_or_default();
            let value = match key {
                "jwks_url" => {
                    let server = KeyServer::publishing(&[&self.key]).await;
                    keys.insert(server).url()
                }
                "public_key_file" => {
                    let file = folder.join("provider.pem");
                    std::fs::write(&file, self.key.public_pem()).expect("a file can be written");
                    file.to_str().expect("UTF-8").to_owned()
                }
                "secret" => SECRET.to_owned(),
                _ => {
                    lines.push(line.to_owned());
                    continue;
                }
            };
            lines.push(format!("{key} = \"{value}\""));
        }
        (lines.join("\n"), keys)
    }

    async fn try_out(&self, server: &Server) {
        let accepted = server.anonymous().with_token(&self.sign(&Value::Null));
        let me = accepted.get("/api/users/me").await.is(200).json();
        assert_eq!(me["issuer"], self.alias);
        assert_eq!(
            (&me["email"], &me["name"]),
            (&self.shown.0, &self.shown.1),
            "{}",
            self.alias
        );
        let task = json!({ "title": "First" });
        accepted.post("/api/tasks", &task).await.is(201);
        let verified = accepted
            .call(reqwest::Method::POST, "/api/auth/verify")
            .await
            .is(200);
        assert_eq!(verified.json()["subject"], self.claims["sub"]);
        for miss in &self.misses {
            let refused = server.anonymous().with_token(&self.sign(miss));
            let answer = refused.get("/api/users/me").await;
            assert_eq!(answer.status(), 401, "{} accepts {miss}", self.alias);
            answer.problem(401, "invalid_token");
        }
        let forged = self.signed_by(&self.another_key(), &Value::Null);
        let refused = server.anonymous().with_token(&forged);
        refused
            .get("/api/users/me")
            .await
            .problem(401, "invalid_token");
    }
}

fn better_auth(now: i64) -> Provider {
    Provider {
        alias: "better-auth",
        key: SigningKey::ed25519("tVx8sQ0nZ4mB7yKfL2dHcR6wJ9pE1gUa"),
        header: json!({}),
        claims: json!({
            "iat": now, "name": "Ada", "email": "ada@example.com", "emailVerified": false,
            "createdAt": "2026-11-20T21:04:05.123Z", "updatedAt": "2026-11-20T21:04:05.123Z",
            "id": "0nZ4mB7yKfL2dHcR6wJ9pE1gUatVx8sQ", "sub": "0nZ4mB7yKfL2dHcR6wJ9pE1gUatVx8sQ",
            "exp": now + 900, "iss": "https://app.example.com", "aud": "https://app.example.com",
        }),
        misses: vec![
            json!({ "iss": "https://app.example.com/" }),
            json!({ "aud": "https://other.example.com" }),
            json!({ "aud": null }),
        ],
        shown: (json!("ada@example.com"), json!("Ada")),
    }
}

fn auth0(now: i64) -> Provider {
    Provider {
        alias: "auth0",
        key: SigningKey::rsa("pQ2xV7cN9tRb3LkYw5HsD"),
        header: json!({ "typ": "JWT" }),
        claims: json!({
            "https://tasks.example.com/email": "ada@example.com",
            "https://tasks.example.com/name": "Ada",
            "iss": "https://example.eu.auth0.com/", "sub": "auth0|64f1c0ffee5a1d0011223344",
            "aud": ["https://tasks.example.com", "https://example.eu.auth0.com/userinfo"],
            "iat": now, "exp": now + 86_400, "scope": "openid profile email",
            "azp": "Xy3kLmN8pQrS2tUvW5zA7bCdE9fGhJ1k",
        }),
        misses: vec![
            json!({ "iss": "https://example.eu.auth0.com" }),
            // An ID token is meant for the application, not for an API.
            json!({ "aud": "Xy3kLmN8pQrS2tUvW5zA7bCdE9fGhJ1k" }),
            json!({ "aud": ["https://example.eu.auth0.com/userinfo"] }),
        ],
        shown: (json!("ada@example.com"), json!("Ada")),
    }
}

fn clerk(now: i64) -> Provider {
    Provider {
        alias: "clerk",
        key: SigningKey::rsa("ins_2fGhJkLmNpQrStUvWxYz"),
        header: json!({ "cat": "cl_B7d4PD111AAA", "typ": "JWT" }),
        claims: json!({
            "azp": "https://app.example.com", "email": "ada@example.com", "exp": now + 60,
            "fva": [0, -1], "iat": now, "iss": "https://clerk.example.com", "name": "Ada",
            "nbf": now - 10, "sid": "sess_2fGhJkLmNpQrStUvWxYz", "sts": "active",
            "sub": "user_2fGhJkLmNpQrStUvWxYz", "v": 2,
        }),
        misses: vec![
            json!({ "azp": "https://evil.example.net" }),
            json!({ "azp": null }),
            json!({ "aud": "https://other.example.com" }),
            json!({ "iss": "https://example.clerk.accounts.dev" }),
        ],
        shown: (json!("ada@example.com"), json!("Ada")),
    }
}

fn supabase(now: i64, key: SigningKey) -> Provider {
    Provider {
        alias: "supabase",
        key,
        header: json!({ "typ": "JWT" }),
        claims: json!({
            "aal": "aal1", "amr": [{ "method": "password", "timestamp": now }],
            "app_metadata": { "provider": "email", "providers": ["email"] },
            "aud": "authenticated", "email": "ada@example.com", "exp": now + 3600, "iat": now,
            "is_anonymous": false, "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
            "phone": "", "role": "authenticated",
            "session_id": "d0b4f6f2-5f0e-4d0c-9a55-0d1b7a3f2c11",
            "sub": "3e9b0f4a-7c55-4f1e-8b0a-2f6d1c9e7a42",
            "user_metadata": { "name": "Ada", "email": "ada@example.com" },
        }),
        misses: vec![
            // What the anonymous API key says: it has no user.
            json!({ "aud": null, "email": null, "iss": "supabase", "role": "anon", "sub": null }),
            json!({ "aud": null, "sub": null }),
            json!({ "aud": "anon" }),
            json!({ "iss": "https://tsrqponmlkjihgfedcba.supabase.co/auth/v1" }),
        ],
        shown: (json!("ada@example.com"), Value::Null),
    }
}

fn keycloak(now: i64) -> Provider {
    Provider {
        alias: "keycloak",
        key: SigningKey::rsa("mN4vB8xC2zL6kJ0hG5fD1sA7pO3iU9yT"),
        header: json!({ "typ": "JWT" }),
        claims: json!({
            "acr": "1", "aud": ["tasklane", "account"], "auth_time": now - 1, "azp": "web",
            "email": "ada@example.com", "email_verified": true, "exp": now + 300, "iat": now,
            "iss": "https://id.example.com/realms/main", "jti": "onrtac:2c1f", "name": "Ada",
            "preferred_username": "ada", "realm_access": { "roles": ["offline_access"] },
            "scope": "openid email profile", "sid": "0f9f7f5e-1d3b-4a59-8a77-6d5c4b3a2f10",
            "sub": "c1a5e0d2-93b4-4c76-8f18-7e6d5c4b3a29", "typ": "Bearer",
        }),
        misses: vec![
            // Without the audience mapper.
            json!({ "aud": "account" }),
            json!({ "aud": null }),
            json!({ "iss": "https://id.example.com/realms/master" }),
            json!({ "iss": "https://id.example.com/auth/realms/main" }),
        ],
        shown: (json!("ada@example.com"), json!("Ada")),
    }
}

fn neon_auth(now: i64) -> Provider {
    const ORIGIN: &str = "https://ep-example-123456.neonauth.eu-central-1.aws.neon.tech";
    Provider {
        alias: "neon-auth",
        key: SigningKey::ed25519("8d7c6b5a-4f3e-4d2c-9b1a-0f9e8d7c6b5a"),
        header: json!({}),
        claims: json!({
            "iat": now, "name": "Ada", "email": "ada@example.com", "emailVerified": true,
            "image": null, "createdAt": "2026-11-20T21:04:05.123Z",
            "updatedAt": "2026-11-20T21:04:05.123Z", "role": "authenticated", "banned": false,
            "banReason": null, "banExpires": null, "id": "5b8f0c1e-2d4a-4e6f-8a9b-7c6d5e4f3a21",
            "sub": "5b8f0c1e-2d4a-4e6f-8a9b-7c6d5e4f3a21", "exp": now + 900, "iss": ORIGIN,
            "aud": ORIGIN,
        }),
        misses: vec![
            // The base URL is not the issuer: its origin is.
            json!({ "iss": format!("{ORIGIN}/neondb/auth") }),
            json!({ "aud": "https://ep-other-654321.neonauth.eu-central-1.aws.neon.tech" }),
            json!({ "sub": null }),
        ],
        shown: (json!("ada@example.com"), json!("Ada")),
    }
}

fn providers() -> Vec<Provider> {
    let now = seconds_since_1970();
    let signing_key = SigningKey::p256("1f0e9d8c-7b6a-4958-8776-655443322110");
    let legacy_secret = SigningKey::secret("Qw3rTy6uI9oP", SECRET);
    vec![
        better_auth(now),
        auth0(now),
        clerk(now),
        supabase(now, signing_key),
        supabase(now, legacy_secret),
        keycloak(now),
        neon_auth(now),
    ]
}

#[tokio::test]
async fn every_block_of_the_guide_is_accepted_as_settings() {
    let store = Store::create(Kind::Sqlite).await;
    assert!(blocks().len() >= providers().len());
    for block in blocks() {
        let program = store.program().unset("auth.secret").configured(block);
        let shown = program.run(&["config"]).await.succeeded().stdout;
        let aliases = |text: &str| text.matches("\nalias = ").count();
        assert_eq!(
            aliases(&shown),
            aliases(&format!("\n{block}")),
            "{block}\n{shown}"
        );
    }
}

#[tokio::test]
async fn every_issuer_of_the_guide_lets_its_tokens_in_and_no_near_miss() {
    let providers = providers();
    let issuers: Vec<_> = blocks()
        .into_iter()
        .filter(|block| block.contains("[[auth.issuers]]"))
        .collect();
    assert_eq!(issuers.len(), providers.len());
    for provider in providers {
        let mut meant = issuers.iter().filter(|block| provider.is_meant_by(block));
        let (Some(block), None) = (meant.next(), meant.next()) else {
            panic!(
                "not one block for {} with {}",
                provider.alias,
                provider.key.algorithm()
            )
        };
        let store = Store::create(Kind::Sqlite).await;
        let program = store.program();
        let (settings, _keys) = provider.settings(block, program.folder()).await;
        let server = program.configured(&settings).serve().await;
        provider.try_out(&server).await;
    }
}
