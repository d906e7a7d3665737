use super::*;

#[test]
fn the_settings_in_force_load_again() {
    let text = "
        [server]
        trusted_proxies = ['10.0.0.0/8']
        hsts = 'max-age=1'
        [database]
        url = 'postgres://me@localhost/tasklane?sslmode=verify-full'
        direct_url = 'postgres://me@localhost:6432/tasklane'
        [cors]
        origins = ['https://*.example.com']
        [web]
        better_auth = 'https://id.example.com/api/auth'
        [[auth.issuers]]
        alias = 'one'
        issuer = 'https://one.example'
        audience = false
        authorized_parties = ['web']
        algorithms = ['RS256', 'EdDSA']
        jwks_url = 'https://one.example/jwks'
    ";
    let off = ("TASKLANE__MANAGEMENT__ADDRESS", "");
    for shown in [
        load(&[]).to_toml().unwrap(),
        load_file(text, &[off]).unwrap().to_toml().unwrap(),
    ] {
        let again = load_file(&shown, &[]).unwrap_or_else(|error| panic!("{error}\n{shown}"));
        assert_eq!(again.to_toml().unwrap(), shown);
    }
}

/// `60s` is shown as `1m`.
fn as_duration(value: &toml::Value) -> Option<std::time::Duration> {
    duration::parse(value.as_str()?).ok()
}

#[test]
fn every_default_is_shown() {
    let shown: toml::Table = load(&[]).to_toml().unwrap().parse().unwrap();
    let defaults: toml::Table = include_str!("../../../../../config/default.toml")
        .parse()
        .unwrap();
    for (section, values) in &defaults {
        let Some(values) = values.as_table() else {
            assert_eq!(shown[section], defaults[section]);
            continue;
        };
        for (key, value) in values {
            let value_shown = &shown[section][key];
            match as_duration(value) {
                Some(duration) => assert_eq!(as_duration(value_shown), Some(duration), "{key}"),
                None => assert_eq!(value_shown, value, "{section}.{key}"),
            }
        }
    }
}

#[test]
fn no_secret_is_ever_shown() {
    let text = "
        [[auth.issuers]]
        alias = 'shared'
        issuer = 'https://shared.example'
        audience = 'tasklane'
        algorithms = ['HS256']
        secret = 'hunter2 hunter2 hunter2 hunter2 hunter2'
    ";
    let url = "postgres://me:hunter2@db.example/tasklane";
    let settings = load_file(
        text,
        &[
            (
                "TASKLANE__AUTH__SECRET",
                "hunter2-hunter2-hunter2-hunter2-hunter2",
            ),
            ("DATABASE_URL", url),
            ("DIRECT_DATABASE_URL", url),
        ],
    )
    .unwrap();
    let shown = settings.to_toml().unwrap();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(
        shown
            .matches("postgres://me:***@db.example/tasklane")
            .count(),
        2,
        "{shown}"
    );
    assert_eq!(shown.matches("[redacted]").count(), 2, "{shown}");
    assert!(!format!("{settings:?}").contains("hunter2"));

    let DatabaseUrl::Postgres(kept) = settings.database.url else {
        panic!("not PostgreSQL")
    };
    assert_eq!(kept.expose_secret(), url);
}

#[test]
fn a_replaced_secret_is_not_taken_for_one() {
    let shown = load(&[("TASKLANE__AUTH__SECRET", SECRET)])
        .to_toml()
        .unwrap();
    assert_eq!(keys(load_file(&shown, &[])), ["auth.secret"]);
}

#[test]
fn no_error_repeats_a_value() {
    for (name, value) in [
        ("DATABASE_URL", "mysql://me:hunter2@host/db"),
        ("TASKLANE__DATABASE__DIRECT_URL", "hunter2"),
        ("TASKLANE__AUTH__SECRET", "hunter2"),
        ("TASKLANE__AUTH", "hunter2"),
        ("TASKLANE__AUTH__SECRETS", "hunter2"),
        ("TASKLANE__PROFILE", "hunter2"),
        ("TASKLANE__SERVER__WORKERS", "hunter2"),
        ("TASKLANE__DATABASE__MIGRATE", "hunter2"),
        ("TASKLANE__CORS__ORIGINS", "https://me:hunter2@host"),
    ] {
        let error = Settings::load(None, environment(&[(name, value)])).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains(name) && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}

#[test]
fn the_key_that_signs_is_the_configured_one_or_one_kept_beside_the_data() {
    let configured = load(&[("TASKLANE__AUTH__SECRET", SECRET)])
        .signing_key()
        .unwrap();
    assert!(matches!(configured, SigningKey::Secret(secret) if secret.expose_secret() == SECRET));
    let file = load(&[("TASKLANE__AUTH__PRIVATE_KEY_FILE", "a.pem")])
        .signing_key()
        .unwrap();
    assert!(matches!(file, SigningKey::PrivateKeyFile(file) if file == Path::new("a.pem")));

    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/data/tasklane.db", folder.path().display());
    let settings = load(&[("TASKLANE__DATABASE__URL", &url)]);
    let SigningKey::Secret(made) = settings.signing_key().unwrap() else {
        panic!("no secret")
    };
    let kept = fs::read_to_string(folder.path().join("data/signing.secret")).unwrap();
    assert_eq!(kept.trim(), made.expose_secret());
}
