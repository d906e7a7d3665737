use super::*;

const COMPLETE: &str = "
    [[auth.issuers]]
    alias = 'better-auth'
    issuer = 'https://app.example.com'
    audience = 'https://app.example.com'
    algorithms = ['EdDSA']
    jwks_url = 'https://app.example.com/api/auth/jwks'
";

fn issuer(text: &str) -> IssuerSettings {
    load_file(text, &[])
        .unwrap_or_else(|error| panic!("{error}"))
        .auth
        .issuers
        .remove(0)
}

/// The complete issuer with one line in the place of the one that sets the same key.
fn with(line: &str) -> String {
    let key = line.split(' ').next().unwrap();
    let kept = COMPLETE
        .lines()
        .filter(|known| known.trim().split(' ').next() != Some(key));
    format!("{}\n{line}\n", kept.collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_issuer_is_read() {
    let issuer = issuer(COMPLETE);
    assert_eq!(
        (issuer.alias.as_str(), issuer.issuer.as_str()),
        ("better-auth", "https://app.example.com")
    );
    assert_eq!(
        issuer.audience,
        Audience::AnyOf(vec!["https://app.example.com".to_owned()])
    );
    assert_eq!(issuer.algorithms, [Algorithm::EdDsa]);
    assert_eq!(
        issuer.jwks_url.unwrap().as_str(),
        "https://app.example.com/api/auth/jwks"
    );
    assert!(issuer.authorized_parties.is_empty());
    assert_eq!(
        (issuer.email_claim.as_str(), issuer.name_claim.as_str()),
        ("email", "name")
    );
}

#[test]
fn an_audience_is_a_text_a_list_or_false() {
    assert_eq!(
        issuer(&with("audience = ['a', 'b']")).audience,
        Audience::AnyOf(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(
        issuer(&with("audience = false")).audience,
        Audience::Unchecked
    );
    for line in [
        "audience = true",
        "audience = ''",
        "audience = []",
        "audience = 1",
        "audience = ['']",
    ] {
        let found = findings(load_file(&with(line), &[]));
        assert_eq!(found.len(), 1, "{line}: {found:?}");
        assert_eq!(
            found[0].to_string(),
            "auth.issuers[0].audience must be a text, a list of texts, or false",
            "{line}"
        );
    }
}

#[test]
fn the_key_has_exactly_one_source() {
    let secret = with(&format!("secret = '{SECRET}'"));
    for text in [
        COMPLETE.replace("jwks_url", "# jwks_url"),
        format!("{COMPLETE}\npublic_key_file = 'key.pem'"),
        secret.clone(),
    ] {
        let found = keys(load_file(&text, &[]));
        assert!(found.contains(&"auth.issuers[0]".to_owned()), "{found:?}");
    }
    let shared = secret
        .replace("jwks_url", "# jwks_url")
        .replace("EdDSA", "HS256");
    assert_eq!(issuer(&shared).secret.unwrap().expose_secret(), SECRET);
    let file = with("public_key_file = 'key.pem'").replace("jwks_url", "# jwks_url");
    assert_eq!(
        issuer(&file).public_key_file,
        Some(PathBuf::from("key.pem"))
    );
}

#[test]
fn public_keys_and_secrets_never_share_algorithms() {
    let found = findings(load_file(&with("algorithms = ['RS256', 'HS256']"), &[]));
    assert_eq!(found[0].key, "auth.issuers[0].algorithms");
    let shared = with(&format!("secret = '{SECRET}'")).replace("jwks_url", "# jwks_url");
    assert_eq!(
        keys(load_file(&shared, &[])),
        ["auth.issuers[0].algorithms"]
    );
    for line in [
        "algorithms = []",
        "algorithms = ['none']",
        "algorithms = ['rs256']",
    ] {
        assert_eq!(
            keys(load_file(&with(line), &[])),
            ["auth.issuers[0].algorithms"],
            "{line}"
        );
    }
    let all = "algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']";
    let names: Vec<_> = issuer(&with(all))
        .algorithms
        .iter()
        .map(|one| one.name())
        .collect();
    assert_eq!(names.len(), 9);
    assert!(
        names.iter().all(|name| all.contains(&format!("'{name}'"))),
        "{names:?}"
    );
}

#[test]
fn keys_are_fetched_safely() {
    for url in [
        "https://id.example",
        "http://localhost:3000/jwks",
        "http://id.app.localhost:3000/jwks",
        "http://127.0.0.1/",
        "http://[::1]:1/",
    ] {
        issuer(&with(&format!("jwks_url = '{url}'")));
    }
    for url in [
        "http://id.example/jwks",
        "ftp://localhost/",
        "id.example",
        "",
        "http://127.0.0.1.example/",
    ] {
        let found = findings(load_file(&with(&format!("jwks_url = '{url}'")), &[]));
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert_eq!(found[0].key, "auth.issuers[0].jwks_url", "{url}");
    }
}

#[test]
fn no_two_issuers_are_taken_for_each_other() {
    let second = |alias: &str, issuer: &str| {
        let other = COMPLETE.replace("better-auth", alias);
        let other = other.replace(
            "issuer = 'https://app.example.com'",
            &format!("issuer = '{issuer}'"),
        );
        load_file(&format!("{COMPLETE}\n{other}"), &[])
    };
    assert!(second("other", "https://other.example").is_ok());
    assert_eq!(
        keys(second("better-auth", "https://other.example")),
        ["auth.issuers[1].alias"]
    );
    assert_eq!(
        keys(second("other", "https://app.example.com")),
        ["auth.issuers[1].issuer"]
    );
    assert_eq!(
        keys(load_file(&with("alias = 'local'"), &[])),
        ["auth.issuers[0].alias"]
    );
    assert_eq!(
        keys(load_file(&with("issuer = 'tasklane'"), &[])),
        ["auth.issuers[0].issuer"]
    );
}

#[test]
fn an_alias_is_a_plain_name() {
    for alias in ["a", "Better_Auth-2.0"] {
        assert_eq!(issuer(&with(&format!("alias = '{alias}'"))).alias, alias);
    }
    for alias in ["", "two words", "ä", "a/b", &"a".repeat(65)] {
        let found = keys(load_file(&with(&format!("alias = '{alias}'")), &[]));
        assert_eq!(found, ["auth.issuers[0].alias"], "{alias}");
    }
}

#[test]
fn a_shared_secret_is_long() {
    let short = with("secret = 'hunter2'")
        .replace("jwks_url", "# jwks_url")
        .replace("EdDSA", "HS256");
    let error = load_file(&short, &[]).unwrap_err().to_string();
    assert_eq!(
        error,
        "invalid setting: auth.issuers[0].secret must be at least 32 bytes long"
    );
}
