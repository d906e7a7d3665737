//! Access tokens that are wrong in one point each: all are refused, with the right code.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::tokens::{Forgery, tampered};

async fn present(app: &App, token: &str) -> Answer {
    app.anonymous().with_token(token).get("/api/users/me").await
}

async fn assert_accepted(app: &App, cases: Vec<(&str, Forgery)>) {
    for (what, forgery) in cases {
        let answer = present(app, &forgery.sign()).await;
        assert_eq!(answer.status(), 200, "{what}: {}", answer.text());
    }
}

async fn assert_refused(app: &App, cases: Vec<(&str, String)>, code: &str) {
    for (what, token) in cases {
        let answer = present(app, &token).await;
        assert_eq!(answer.status(), 401, "{what}: {}", answer.text());
        assert_eq!(answer.problem(401, code).code(), code, "{what}");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(
            challenge.starts_with("Bearer error=\"invalid_token\""),
            "{what}: {challenge}"
        );
        // The open route judges no differently.
        let verify = app
            .anonymous()
            .post("/api/auth/verify", &json!({ "token": token }))
            .await;
        assert_eq!(verify.problem(401, code).code(), code, "{what}");
    }
}

async fn good(app: &App) -> Forgery {
    Forgery::of(app.user("ada").await.access_token())
}

#[apply(both_stores)]
async fn a_token_that_says_what_a_good_one_says_is_accepted(app: &App) {
    let good = good(app).await;
    let (iat, exp) = (good.issued_at(), good.claim("exp").clone());
    let later = exp.as_f64().unwrap() + 0.5;
    let padding = "x".repeat(5000);
    assert_accepted(
        app,
        vec![
            ("as it is", good.clone()),
            (
                "an audience among others",
                good.clone().with("aud", json!(["other", "tasklane"])),
            ),
            ("a fractional time", good.clone().with("exp", later)),
            (
                "expired within the leeway",
                good.clone().with("iat", iat - 60).with("exp", iat - 1),
            ),
            ("valid within the leeway", good.clone().with("nbf", iat + 3)),
            ("valid since long ago", good.clone().with("nbf", 0)),
            (
                "an access token by type",
                good.clone().with_header("typ", "at+jwt"),
            ),
            ("without a type", good.clone().without_header("typ")),
            (
                "a key id that means nothing",
                good.clone().with_header("kid", "../../etc/passwd"),
            ),
            (
                "a place for keys",
                good.clone().with_header("jku", "http://127.0.0.1:1/jwks"),
            ),
            (
                "a claim that nobody reads",
                good.clone().with("role", "admin"),
            ),
            (
                "long, but not too long",
                good.clone().with("padding", padding),
            ),
        ],
    )
    .await;
}

#[apply(both_stores)]
async fn a_token_that_is_over_has_expired(app: &App) {
    let good = good(app).await;
    let iat = good.issued_at();
    let old = good.clone().with("iat", iat - 1000);
    assert_refused(
        app,
        vec![
            ("a while ago", old.clone().with("exp", iat - 10).sign()),
            ("in 1970", old.clone().with("iat", 0).with("exp", 1).sign()),
            (
                "a fraction ago",
                old.with("exp", json!(f64::from(i32::try_from(iat).unwrap()) - 9.5))
                    .sign(),
            ),
        ],
        "token_expired",
    )
    .await;
}

#[apply(both_stores)]
async fn a_token_with_a_wrong_or_missing_claim_is_invalid(app: &App) {
    let good = good(app).await;
    let iat = good.issued_at();
    let with = |claim: &str, value: Value| good.clone().with(claim, value).sign();
    assert_refused(
        app,
        vec![
            ("not yet valid", with("nbf", json!(iat + 60))),
            ("issued in the future", with("iat", json!(iat + 60))),
            ("no end", good.clone().without("exp").sign()),
            ("an end in words", with("exp", json!("2030-01-01"))),
            (
                "an end as text",
                with("exp", json!((iat + 900).to_string())),
            ),
            ("null for an end", with("exp", Value::Null)),
            ("a negative end", with("exp", json!(-1))),
            ("a list for an end", with("exp", json!([iat + 900]))),
            ("a begin as text", with("nbf", json!("0"))),
            ("an issue time as text", with("iat", json!("0"))),
            ("another issuer", with("iss", json!("https://evil.example"))),
            (
                "another spelling of the issuer",
                with("iss", json!("Tasklane")),
            ),
            ("no issuer", good.clone().without("iss").sign()),
            ("issuers", with("iss", json!(["tasklane"]))),
            ("another audience", with("aud", json!("other"))),
            ("other audiences", with("aud", json!(["other", "another"]))),
            ("no audiences", with("aud", json!([]))),
            ("no audience", good.clone().without("aud").sign()),
            ("no subject", good.clone().without("sub").sign()),
            ("an empty subject", with("sub", json!(""))),
            ("a subject that is no user's id", with("sub", json!("ada"))),
            (
                "a subject that is nobody",
                with("sub", json!("0193a5c8-0000-7000-8000-00000000abcd")),
            ),
            ("a number for a subject", with("sub", json!(1))),
            (
                "a session that never was",
                with("sid", json!("0193a5c8-0000-7000-8000-00000000abcd")),
            ),
            ("a session that is no id", with("sid", json!("x"))),
        ],
        "invalid_token",
    )
    .await;
}

#[apply(both_stores)]
async fn times_that_no_clock_shows_do_not_confuse(app: &App) {
    let good = good(app).await;
    for (claim, value) in [
        ("exp", "1e400"),
        ("exp", "-1e300"),
        ("nbf", "1e300"),
        ("iat", "9e99"),
    ] {
        let mut claims = good.clone().without(claim).claims().to_string();
        claims.truncate(claims.len() - 1);
        let token = good.sign_claims(&format!("{claims},\"{claim}\":{value}}}"));
        present(app, &token).await.is(401);
    }
}

#[apply(both_stores)]
async fn no_other_algorithm_is_accepted(app: &App) {
    let good = good(app).await;
    let mut cases = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let forged = good.clone().with_algorithm(none);
        cases.push(("unsigned", forged.unsigned()));
        cases.push(("signed all the same", forged.sign()));
    }
    for algorithm in [
        "HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA", "hs256", "HS256 ",
        "dir",
    ] {
        cases.push((algorithm, good.clone().with_algorithm(algorithm).sign()));
    }
    cases.push(("a number", good.clone().with_header("alg", 256).sign()));
    cases.push(("none at all", good.clone().without_header("alg").sign()));
    assert_refused(app, cases, "invalid_token").await;
}

#[apply(both_stores)]
async fn a_header_that_asks_for_more_is_refused(app: &App) {
    let good = good(app).await;
    let key = json!({ "kty": "oct", "k": "YXR0YWNrZXI", "alg": "HS256" });
    let header = |name: &str, value: Value| good.clone().with_header(name, value).sign();
    assert_refused(
        app,
        vec![
            ("critical", header("crit", json!(["exp"]))),
            ("critical, unknown", header("crit", json!(["b64"]))),
            ("critical, empty", header("crit", json!([]))),
            ("another type", header("typ", json!("JWE"))),
            ("an identity token", header("typ", json!("id_token+jwt"))),
            (
                "a key of its own",
                good.clone()
                    .with_header("jwk", key)
                    .with_secret(b"attacker")
                    .sign(),
            ),
        ],
        "invalid_token",
    )
    .await;
}

#[apply(both_stores)]
async fn a_signature_counts_to_the_last_bit(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let token = ada.access_token();
    let good = Forgery::of(token);
    let parts: Vec<&str> = token.split('.').collect();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let bobs = bob.access_token().rsplit_once('.').unwrap().1;
    let middle = signature.len() / 2;
    let flip = if &signature[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let flipped = format!(
        "{message}.{}{flip}{}",
        &signature[..middle],
        &signature[middle + 1..]
    );
    assert_refused(
        app,
        vec![
            (
                "another secret",
                good.clone()
                    .with_secret(b"another secret of thirty-two bytes")
                    .sign(),
            ),
            ("no secret", good.clone().with_secret(b"").sign()),
            ("another subject", tampered(token, bob.id())),
            ("another token's signature", format!("{message}.{bobs}")),
            ("a flipped bit", flipped),
            ("no signature", format!("{message}.")),
            ("a short signature", token[..token.len() - 4].to_owned()),
            ("padding", format!("{token}=")),
            ("two parts", message.to_owned()),
            ("four parts", format!("{token}.{}", parts[1])),
            ("five parts", format!("{token}.x.y")),
            ("no header", format!(".{}.{signature}", parts[1])),
            ("no claims", format!("{}..{signature}", parts[0])),
            ("signed garbage", good.sign_claims("garbage")),
            ("signed text", good.sign_claims("\"text\"")),
            ("a signed list", good.sign_claims("[]")),
        ],
        "invalid_token",
    )
    .await;
}

#[apply(both_stores)]
async fn a_claim_that_stands_twice_is_refused(app: &App) {
    let good = good(app).await;
    let claims = good.claims().to_string();
    let mut cases = Vec::new();
    for claim in ["sub", "exp", "iss", "aud", "sid"] {
        let again = format!(
            "{},\"{claim}\":{}}}",
            &claims[..claims.len() - 1],
            good.claim(claim)
        );
        cases.push((claim, good.sign_claims(&again)));
    }
    assert_refused(app, cases, "invalid_token").await;
}

#[apply(both_stores)]
async fn a_token_of_more_than_8_kibibytes_is_refused_unread(app: &App) {
    let good = good(app).await;
    let long = good.clone().with("padding", "x".repeat(6700)).sign();
    assert!(
        long.len() > 8 * 1024 && long.len() < 10 * 1024,
        "{}",
        long.len()
    );
    let expired = good
        .with("exp", 1)
        .with("iat", 0)
        .with("padding", "x".repeat(6700))
        .sign();
    let cases = vec![
        ("long", long),
        ("long and expired", expired),
        ("no token", "x".repeat(9 * 1024)),
    ];
    assert_refused(app, cases, "invalid_token").await;
}

#[apply(both_stores)]
async fn what_is_no_token_at_all_is_told_what_was_expected(app: &App) {
    for text in [
        "x",
        "0c1d2f7e9b3a4c5d8e6f7a8b9c0d1e2f",
        "a.b",
        "..",
        "a.b.c",
    ] {
        let problem = present(app, text).await.problem(401, "invalid_token");
        assert!(problem.detail().len() > 15, "{text}: {}", problem.detail());
    }
}

#[apply(both_stores)]
async fn an_accepted_token_does_not_help_its_forgeries(app: &App) {
    let ada = app.user("ada").await;
    let token = ada.access_token();
    for _ in 0..3 {
        present(app, token).await.is(200);
        present(app, &format!("{token}A"))
            .await
            .problem(401, "invalid_token");
        present(app, &token[..token.len() - 1])
            .await
            .problem(401, "invalid_token");
    }
}
