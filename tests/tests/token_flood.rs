//! Tokens by the thousand that nobody issued: each is refused, and none is remembered.

use std::time::Instant;

use serde_json::{Value, json};
use tasklane_tests::client::Client;
use tasklane_tests::issuer::Issuer;
use tasklane_tests::signing_key::SigningKey;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::tokens::Forgery;

const TOKENS: usize = 10_000;

/// Length of what fills a token up, in characters: were they kept, memory would tell.
const PADDING: usize = 4000;

/// How much the resident set may grow: a quarter of what the tokens have together.
const MARGIN: usize = TOKENS * PADDING / 4;

/// Characters that look random; another number gives others.
fn random(number: usize, length: usize) -> String {
    // A linear congruential generator (Knuth's MMIX): reproducible, and nothing here is secret.
    let step = |state: u64| {
        state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1)
    };
    let mut state = step(number as u64);
    let character = || {
        state = step(state);
        let index = usize::try_from(state >> 58).expect("six bits");
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[index])
    };
    std::iter::repeat_with(character).take(length).collect()
}

/// Makes tokens of every kind that gets to another place of the verifier before it is refused.
struct Flood {
    local: Forgery,
    foreign: SigningKey,
    claims: Value,
}

impl Flood {
    fn token(&self, number: usize) -> String {
        let padding = random(number, PADDING);
        let claims = || {
            let mut claims = self.claims.clone();
            claims["sub"] = number.into();
            claims["padding"] = padding.as_str().into();
            claims
        };
        match number % 5 {
            0 => padding,
            1 => format!(
                "{}.{padding}.{}",
                random(number + 1, 40),
                random(number + 2, 86)
            ),
            2 => {
                let secret = random(number, 40);
                let forged = self.local.clone().with("padding", padding);
                forged.with_secret(secret.as_bytes()).sign()
            }
            3 => self.foreign.token(&claims()),
            _ => {
                let header = json!({ "alg": "EdDSA", "kid": random(number, 32) });
                self.foreign.sign(&header, &claims())
            }
        }
    }

    async fn pour(&self, client: &Client, numbers: impl Iterator<Item = usize>) {
        const AT_ONCE: usize = 8;
        let mut numbers = numbers.peekable();
        while numbers.peek().is_some() {
            let calls: Vec<_> = numbers
                .by_ref()
                .take(AT_ONCE)
                .map(|number| client.with_token(&self.token(number)).get("/api/users/me"))
                .map(|call| tokio::spawn(call.into_future()))
                .collect();
            for call in calls {
                let answer = call.await.expect("it is answered");
                answer.problem(401, "invalid_token");
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ten_thousand_random_tokens_are_refused_in_constant_memory() {
    let store = Store::create(Kind::Sqlite).await;
    let issuer = Issuer::start().await;
    let server = store.program().configured(&issuer.settings()).serve().await;
    let started = Instant::now();
    let ada = server.user("ada").await;
    let flood = Flood {
        local: Forgery::of(ada.access_token()),
        foreign: SigningKey::ed25519("first"),
        claims: issuer.claims("user_2ab", 0),
    };
    // Whatever is set up once and grows to its working size does so here.
    flood.pour(&server.anonymous(), TOKENS..TOKENS + 1000).await;
    let before = server.memory();
    flood.pour(&server.anonymous(), 0..TOKENS).await;
    let after = server.memory();
    assert!(
        after < before + MARGIN,
        "{before} bytes before, {after} after"
    );
    let cool_downs = started.elapsed().as_secs() / 30;
    let asked = issuer.keys().requests() as u64;
    assert!(
        asked <= cool_downs + 2,
        "unknown names of keys made it ask {asked} times"
    );

    ada.get("/api/users/me").await.is(200);
    let trusted = server.anonymous().with_token(&issuer.token("user_2ab"));
    trusted.get("/api/users/me").await.is(200);
}
