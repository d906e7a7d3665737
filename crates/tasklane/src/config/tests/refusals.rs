use super::*;

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let text = "
        profile = 'production'
        surprise = 1
        [server]
        adress = '127.0.0.1:1'
        workers = 0
        keep_alive = 'soon'
        trusted_proxies = ['10.0.0.0/33']
        [rate_limit]
        api = { quota = 0, window = '0s', burst = 1 }
        [cors]
        origins = ['https://a.example/']
        [[auth.issuers]]
        alias = 'one'
        what = 1
    ";
    let found = keys(load_file(
        text,
        &[
            ("TASKLANE__DATABASE__URL", "mysql://host/db"),
            ("TASKLANE__DATABASE__POOL_SIZE", "many"),
            ("TASKLANE__LOG__LEVEL", "loud"),
            ("TASKLANE__TRASH__RETENTION", "0s"),
        ],
    ));
    assert_eq!(
        found,
        [
            "auth.issuers[0]",
            "auth.issuers[0].algorithms",
            "auth.issuers[0].audience",
            "auth.issuers[0].issuer",
            "auth.issuers[0].what",
            "auth.secret",
            "cors.origins",
            "database.pool_size",
            "database.url",
            "log.level",
            "rate_limit.api.burst",
            "rate_limit.api.quota",
            "rate_limit.api.window",
            "server.adress",
            "server.keep_alive",
            "server.trusted_proxies",
            "server.workers",
            "surprise",
            "trash.retention",
        ]
    );
}

#[test]
fn several_findings_are_a_line_each() {
    let error = load_file("[server]\nworkers = 0\nport = 1", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 settings are invalid:\n  server.port is not a known setting\n  server.workers must be from 1 to 1024"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_rule_is_stated() {
    const TIME: &str = "must be a length of time with its unit, such as 500ms, 30s, 15m or 30d";
    const ADDRESS: &str =
        "must be an address and a port, such as 127.0.0.1:8080, [::]:8080 or localhost:8080";
    const NETWORKS: &str = "must be a list of networks, such as 10.0.0.0/8 or fd00::/8";
    const TEXT: &str = "must be 1 to 255 characters long";
    const COLLECTOR: &str = "must be a URL such as http://localhost:4318 or \
                             https://otlp.example.com, without user, query and fragment";
    const RATIO: &str = "must be a number from 0 to 1";
    for (name, value, expected) in [
        (
            "TASKLANE__PROFILE",
            "prod",
            "must be development or production",
        ),
        ("TASKLANE__PROFILE", "", "must be development or production"),
        ("TASKLANE__SERVER__ADDRESS", "localhost", ADDRESS),
        ("TASKLANE__SERVER__ADDRESS", "127.0.0.1:65536", ADDRESS),
        ("TASKLANE__SERVER__ADDRESS", "", ADDRESS),
        ("TASKLANE__MANAGEMENT__ADDRESS", "9464", ADDRESS),
        ("TASKLANE__SERVER__WORKERS", "0", "must be from 1 to 1024"),
        ("TASKLANE__SERVER__WORKERS", "1.7", "must be a whole number"),
        ("TASKLANE__SERVER__WORKERS", "yes", "must be a whole number"),
        ("TASKLANE__SERVER__WORKERS", "-1", "is out of range"),
        ("TASKLANE__SERVER__TRUSTED_PROXIES", "10.0.0.0/33", NETWORKS),
        (
            "TASKLANE__SERVER__TRUSTED_PROXIES",
            "proxy.example",
            NETWORKS,
        ),
        (
            "TASKLANE__SERVER__REQUEST_TIMEOUT",
            "0s",
            "must be longer than 0s",
        ),
        (
            "TASKLANE__SERVER__HEADER_TIMEOUT",
            "0s",
            "must be longer than 0s",
        ),
        (
            "TASKLANE__SERVER__BODY_TIMEOUT",
            "0ms",
            "must be longer than 0s",
        ),
        ("TASKLANE__SERVER__KEEP_ALIVE", "60", TIME),
        ("TASKLANE__SERVER__DRAIN_DELAY", "", TIME),
        (
            "TASKLANE__SERVER__SHUTDOWN_TIMEOUT",
            "4000d",
            "must be at most 3650d",
        ),
        (
            "TASKLANE__DATABASE__POOL_SIZE",
            "0",
            "must be from 1 to 1000",
        ),
        (
            "TASKLANE__DATABASE__POOL_WAIT",
            "0s",
            "must be longer than 0s",
        ),
        (
            "TASKLANE__DATABASE__MIGRATE",
            "maybe",
            "must be true or false",
        ),
        (
            "DATABASE_URL",
            "mysql://h/d",
            "must begin with sqlite:, postgres:// or postgresql://",
        ),
        (
            "DIRECT_DATABASE_URL",
            "sqlite:a.db",
            "must begin with postgres:// or postgresql://",
        ),
        ("TASKLANE__AUTH__ISSUER", "", TEXT),
        ("TASKLANE__AUTH__AUDIENCE", "", TEXT),
        ("TASKLANE__AUTH__ACCESS_TTL", "0s", "must be longer than 0s"),
        (
            "TASKLANE__AUTH__REFRESH_TTL",
            "0s",
            "must be longer than 0s",
        ),
        (
            "TASKLANE__AUTH__REGISTRATION",
            "shut",
            "must be open or closed",
        ),
        (
            "TASKLANE__RATE_LIMIT__API__QUOTA",
            "0",
            "must be at least 1",
        ),
        (
            "TASKLANE__RATE_LIMIT__API__QUOTA",
            "4294967296",
            "is out of range",
        ),
        (
            "TASKLANE__RATE_LIMIT__AUTH__WINDOW",
            "0s",
            "must be longer than 0s",
        ),
        ("TASKLANE__QUOTA__TASKS_PER_USER", "-1", "is out of range"),
        ("TASKLANE__TRASH__RETENTION", "0s", "must be longer than 0s"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", COLLECTOR),
        (
            "TASKLANE__TELEMETRY__OTLP_ENDPOINT",
            "https://user:hunter2@otlp.example.com",
            COLLECTOR,
        ),
        (
            "TASKLANE__TELEMETRY__OTLP_ENDPOINT",
            "http://localhost:4318?key=hunter2",
            COLLECTOR,
        ),
        ("TASKLANE__TELEMETRY__SERVICE_NAME", "", TEXT),
        ("TASKLANE__TELEMETRY__SAMPLING_RATIO", "1.1", RATIO),
        ("TASKLANE__TELEMETRY__SAMPLING_RATIO", "nan", RATIO),
        ("TASKLANE__TELEMETRY__SAMPLING_RATIO", "", RATIO),
        ("TASKLANE__LOG__FORMAT", "xml", "must be pretty or json"),
        (
            "TASKLANE__LOG__LEVEL",
            "loud",
            "must be one of off, error, warn, info, debug, trace",
        ),
    ] {
        assert_eq!(rule(name, value), expected, "{name}={value}");
    }
}

#[test]
fn hsts_is_a_header_value() {
    for value in [
        "max-age=31536000",
        "max-age=31536000; includeSubDomains; preload",
        "Max-Age=\"0\"",
    ] {
        let settings = load(&[("TASKLANE__SERVER__HSTS", value)]);
        assert_eq!(settings.server.hsts.as_deref(), Some(value));
    }
    for value in ["on", "off", "includeSubDomains", "max-age=soon"] {
        assert!(
            rule("TASKLANE__SERVER__HSTS", value).starts_with("must be a Strict-"),
            "{value}"
        );
    }
}

#[test]
fn the_page_is_signed_into_at_a_base_path() {
    for value in [
        "https://id.example.com/api/auth",
        "http://localhost:3000/api/auth",
        "http://[::1]:3000/",
    ] {
        let settings = load(&[("TASKLANE__WEB__BETTER_AUTH", value)]);
        let read = settings.web.better_auth.as_ref().map(url::Url::as_str);
        assert_eq!(read, Some(value));
    }
    let off = load(&[("TASKLANE__WEB__BETTER_AUTH", "")]);
    assert_eq!(off.web.better_auth, None);
    for value in [
        "/api/auth",
        "id.example.com/api/auth",
        "ftp://id.example.com/api/auth",
        "https://me:hunter2@id.example.com/api/auth",
        "https://id.example.com/api/auth?x=1",
        "https://id.example.com/api/auth#x",
        "https://id.example.com;script-src/api/auth",
        "https://id.example.com,evil.example/api/auth",
        "https://*.example.com/api/auth",
        "https://id.example.com'none'/api/auth",
    ] {
        for setting in ["TASKLANE__WEB__BETTER_AUTH", "TASKLANE__SERVER__PUBLIC_URL"] {
            let rule = rule(setting, value);
            assert!(rule.starts_with("must be an http or https URL"), "{value}");
        }
    }
}

#[test]
fn types_are_checked_in_a_file_too() {
    for (text, key, expected) in [
        ("server = 1", "server", "must be a table"),
        (
            "[server]\naddress = ['a']",
            "server.address",
            "must be a text",
        ),
        (
            "[server]\nworkers = true",
            "server.workers",
            "must be a whole number",
        ),
        (
            "[server]\nworkers = 1.7",
            "server.workers",
            "must be a whole number",
        ),
        (
            "[cors]\norigins = 'https://a.example'",
            "cors.origins",
            "must be a list",
        ),
        ("[rate_limit]\napi = 5", "rate_limit.api", "must be a table"),
        ("[auth]\nissuers = 'x'", "auth.issuers", "must be a list"),
        (
            "[telemetry]\nsampling_ratio = -1",
            "telemetry.sampling_ratio",
            "must be a number from 0 to 1",
        ),
        (
            "[telemetry]\nsampling_ratio = true",
            "telemetry.sampling_ratio",
            "must be a number from 0 to 1",
        ),
        (
            "[auth]\nsecret = ['hunter2']",
            "auth.secret",
            "must be a text",
        ),
    ] {
        let found = findings(load_file(text, &[]));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(
            (found[0].key.as_str(), found[0].rule.as_str()),
            (key, expected),
            "{text}"
        );
    }
}

#[test]
fn production_needs_a_key_of_its_own() {
    let production = ("TASKLANE__PROFILE", "production");
    let found = findings(Settings::load(None, environment(&[production])));
    assert_eq!((found.len(), found[0].key.as_str()), (1, "auth.secret"));
    assert!(found[0].rule.starts_with("is required in production"));

    load(&[production, ("TASKLANE__AUTH__SECRET", SECRET)]);
    load(&[production, ("TASKLANE__AUTH__PRIVATE_KEY_FILE", "key.pem")]);
    let short = environment(&[production, ("TASKLANE__AUTH__SECRET", &SECRET[1..])]);
    assert_eq!(
        findings(Settings::load(None, short))[0].rule,
        "must be at least 32 bytes long"
    );
    load(&[("TASKLANE__AUTH__SECRET", &"ü".repeat(16))]);
}

#[test]
fn one_key_signs() {
    let both = [
        ("TASKLANE__AUTH__SECRET", SECRET),
        ("TASKLANE__AUTH__PRIVATE_KEY_FILE", "a.pem"),
    ];
    let found = findings(Settings::load(None, environment(&both)));
    assert_eq!(
        found[0].to_string(),
        "auth.private_key_file (TASKLANE__AUTH__PRIVATE_KEY_FILE) cannot be set beside auth.secret"
    );
}

#[test]
fn a_public_key_retires_beside_a_private_one_only() {
    let retiring = ("TASKLANE__AUTH__RETIRING_PUBLIC_KEY_FILE", "old.pem");
    let settings = load(&[("TASKLANE__AUTH__PRIVATE_KEY_FILE", "new.pem"), retiring]);
    let file = settings.auth.retiring_public_key_file.as_deref();
    assert_eq!(file, Some(Path::new("old.pem")));
    let shown = settings.to_toml().unwrap();
    assert!(shown.contains("retiring_public_key_file = \"old.pem\""));

    for alone in [
        vec![retiring],
        vec![retiring, ("TASKLANE__AUTH__SECRET", SECRET)],
    ] {
        let found = findings(Settings::load(None, environment(&alone)));
        assert_eq!(
            found[0].to_string(),
            "auth.retiring_public_key_file (TASKLANE__AUTH__RETIRING_PUBLIC_KEY_FILE) \
             can only be set beside auth.private_key_file"
        );
    }
}

#[test]
fn a_key_file_has_a_name() {
    for (private, retiring, key) in [
        ("", "old.pem", "auth.private_key_file"),
        ("new.pem", "", "auth.retiring_public_key_file"),
    ] {
        let variables = environment(&[
            ("TASKLANE__AUTH__PRIVATE_KEY_FILE", private),
            ("TASKLANE__AUTH__RETIRING_PUBLIC_KEY_FILE", retiring),
        ]);
        let found = findings(Settings::load(None, variables));
        assert_eq!((found.len(), found[0].key.as_str()), (1, key), "{found:?}");
        assert_eq!(found[0].rule, "must name a file");
    }
}
