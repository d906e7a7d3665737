use super::*;

#[test]
fn a_secret_of_digits_stays_the_text_it_is() {
    for secret in [
        "12345678901234567890123456789012",
        "00000000000000000000000000000000000007",
        "1e10000000000000000000000000000000",
        "spaces  inside and ümlauts are kept to the byte",
        "commas,are,no,list,in,a,secret,at,all",
    ] {
        let settings = load(&[("TASKLANE__AUTH__SECRET", secret)]);
        assert_eq!(settings.auth.secret.unwrap().expose_secret(), secret);
    }
}

#[test]
fn numbers_truth_values_and_lengths_of_time_are_read_from_text() {
    let settings = load(&[
        ("TASKLANE__DATABASE__POOL_SIZE", "7"),
        ("TASKLANE__API__REQUIRE_IF_MATCH", "true"),
        ("TASKLANE__RATE_LIMIT__ENABLED", "false"),
        ("TASKLANE__RATE_LIMIT__API__QUOTA", "4000000000"),
        ("TASKLANE__DATABASE__POOL_WAIT", "250ms"),
    ]);
    assert_eq!(settings.database.pool_size, 7);
    assert!(settings.api.require_if_match && !settings.rate_limit.enabled);
    assert_eq!(settings.rate_limit.api.quota, 4_000_000_000);
    assert_eq!(settings.database.pool_wait.as_millis(), 250);
}

#[test]
fn a_list_of_texts_is_separated_by_commas() {
    let settings = load(&[
        (
            "TASKLANE__CORS__ORIGINS",
            "https://a.example, https://*.b.example ,",
        ),
        (
            "TASKLANE__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/8,192.0.2.1,fd00::/8",
        ),
    ]);
    let origins: Vec<_> = settings
        .cors
        .origins
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(origins, ["https://a.example", "https://*.b.example"]);
    let proxies: Vec<_> = settings
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.1/32", "fd00::/8"]);
}

#[test]
fn an_empty_value_is_a_value() {
    let text = "[server]\nhsts = 'max-age=1'\n[management]\naddress = '127.0.0.1:1'";
    let settings = load_file(
        text,
        &[
            ("TASKLANE__MANAGEMENT__ADDRESS", ""),
            ("TASKLANE__SERVER__HSTS", ""),
        ],
    )
    .unwrap();
    assert_eq!(
        (settings.management.address, settings.server.hsts),
        (None, None)
    );
    assert_eq!(
        rule("TASKLANE__AUTH__SECRET", ""),
        "must be at least 32 bytes long"
    );
    assert_eq!(
        rule("TASKLANE__AUTH__PRIVATE_KEY_FILE", ""),
        "must name a file"
    );
}

#[test]
fn the_database_is_found_where_every_program_finds_it() {
    let (own, usual) = ("sqlite:own.db", "postgres://localhost/usual");
    let url = |text: &str, variables: &[(&str, &str)]| {
        load_file(text, variables).unwrap().database.url.to_string()
    };
    let file = "[database]\nurl = 'sqlite:file.db'";
    assert_eq!(url(file, &[]), "sqlite:file.db");
    assert_eq!(url(file, &[("DATABASE_URL", usual)]), usual);
    assert_eq!(
        url(file, &[("DATABASE_URL", "")]),
        "sqlite:file.db",
        "empty is unset"
    );
    let both = [("DATABASE_URL", usual), ("TASKLANE__DATABASE__URL", own)];
    assert_eq!(url(file, &both), own, "the more specific name wins");
    assert_eq!(
        url(file, &[both[1], both[0]]),
        own,
        "in whatever order they come"
    );

    let direct = |variables: &[(&str, &str)]| {
        load(variables)
            .database
            .direct_url
            .map(|url| url.to_string())
    };
    assert_eq!(
        direct(&[("DIRECT_DATABASE_URL", usual)]).as_deref(),
        Some(usual)
    );
    assert_eq!(direct(&[("DIRECT_DATABASE_URL", "")]), None);
    let off = ("TASKLANE__DATABASE__DIRECT_URL", "");
    assert_eq!(direct(&[("DIRECT_DATABASE_URL", usual), off]), None);
}

#[test]
fn an_unknown_variable_is_refused_by_key_and_name() {
    let error = Settings::load(None, environment(&[("TASKLANE__SERVER__ADRESS", "x")]));
    assert_eq!(
        error.unwrap_err().to_string(),
        "invalid setting: server.adress (TASKLANE__SERVER__ADRESS) is not a known setting; did you \
         mean TASKLANE__SERVER__ADDRESS?"
    );
    for name in [
        "TASKLANE__ADDRESS",
        "TASKLANE__NOTHING__AT__ALL",
        "TASKLANE__RATE_LIMIT__API__QUOTAS",
        "TASKLANE__SERVER__",
        "TASKLANE__",
        "TASKLANE__SERVER__WHAT[0]",
        "TASKLANE__SERVER__Ä-%",
    ] {
        let rule = rule(name, "x");
        assert!(rule.starts_with("is not a known setting"), "{name}: {rule}");
    }
    assert_eq!(
        rule("TASKLANE__SERVR__ADDRESS", "x"),
        "is not a known setting; did you mean TASKLANE__SERVER__ADDRESS?"
    );
}

#[test]
fn a_variable_that_lacks_an_underscore_is_refused_with_the_one_that_was_meant() {
    for (name, meant) in [
        ("TASKLANE_PROFILE", "TASKLANE__PROFILE"),
        ("TASKLANE_DATABASE_URL", "TASKLANE__DATABASE__URL"),
        ("TASKLANE_SERVER__ADDRESS", "TASKLANE__SERVER__ADDRESS"),
        ("TASKLANE__CONFIG", "TASKLANE_CONFIG"),
    ] {
        let error = Settings::load(None, environment(&[(name, "x")])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(name) && text.ends_with(&format!("did you mean {meant}?")),
            "{text}"
        );
    }
}

#[test]
fn white_space_around_a_value_is_cut_and_control_characters_are_refused() {
    let settings = load(&[
        ("DATABASE_URL", "postgres://localhost/tasklane\n"),
        (
            "TASKLANE__AUTH__SECRET",
            " 0123456789abcdef0123456789abcdef\r\n",
        ),
        ("TASKLANE__SERVER__WORKERS", " 3 "),
    ]);
    assert_eq!(
        settings.database.url.to_string(),
        "postgres://localhost/tasklane"
    );
    assert_eq!(settings.auth.secret.unwrap().expose_secret(), SECRET);
    assert_eq!(settings.server.workers, 3);
    assert_eq!(
        load(&[("DATABASE_URL", "\n")]).database.url.to_string(),
        "sqlite:data/tasklane.db",
        "nothing but white space is as unset"
    );
    for (name, value) in [
        ("DATABASE_URL", "sqlite:a\tb.db"),
        ("TASKLANE__AUTH__ISSUER", "task\u{7f}lane"),
        ("TASKLANE__SERVER__HSTS", "max-age=1\r\nX: y"),
    ] {
        let rule = rule(name, value);
        assert!(
            rule.starts_with("must not contain control"),
            "{name}: {rule}"
        );
    }
}

#[test]
fn texts_of_a_file_are_cleaned_too() {
    let settings = load_file("[database]\nurl = \" sqlite:file.db\\n\"", &[]).unwrap();
    assert_eq!(settings.database.url.to_string(), "sqlite:file.db");
    let text = "[cors]\norigins = [\"https://a.example\", \"https://b\\u0000.example\"]";
    assert_eq!(keys(load_file(text, &[])), ["cors.origins[1]"]);
}

#[test]
fn variables_of_others_are_left_alone() {
    let settings = load(&[
        ("TASKLANE_CONFIG", ""),
        ("TASKLANE_PORT", "tcp://10.0.0.1:8080"),
        ("TASKLANE_SERVICE_HOST", "10.0.0.1"),
        ("TASKLANE", "x"),
        ("SERVER__ADDRESS", "x"),
        ("Ä__B", "x"),
    ]);
    assert_eq!(settings.to_toml().unwrap(), load(&[]).to_toml().unwrap());
}

#[test]
fn a_value_and_a_table_cannot_have_one_name() {
    let found = findings(Settings::load(
        None,
        environment(&[
            ("TASKLANE__SERVER__ADDRESS", "127.0.0.1:1"),
            ("TASKLANE__SERVER__ADDRESS__PORT", "1"),
        ]),
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key, "server.address");
    assert_eq!(found[0].variables.len(), 2);
    assert_eq!(
        rule("TASKLANE__DATABASE", "postgres://me:hunter2@host/db"),
        "must be a table"
    );
}

#[test]
fn issuers_come_from_the_file_only() {
    for name in [
        "TASKLANE__AUTH__ISSUERS",
        "TASKLANE__AUTH__ISSUERS__0__ALIAS",
    ] {
        assert_eq!(rule(name, "x"), "can be set in the settings file only");
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_refused_and_of_others_ignored() {
    use std::os::unix::ffi::OsStringExt;

    let broken = || OsString::from_vec(vec![b'1', 0xff]);
    let found = findings(Settings::load(
        None,
        [
            ("TASKLANE__AUTH__ISSUER".into(), broken()),
            (broken(), broken()),
        ],
    ));
    assert_eq!((found.len(), found[0].key.as_str()), (1, "auth.issuer"));
    assert_eq!(found[0].rule, "must be UTF-8");
    assert!(Settings::load(None, [("PATH".into(), broken())]).is_ok());
}

#[test]
fn the_collector_is_found_where_every_program_finds_it() {
    let telemetry = |variables: &[(&str, &str)]| load(variables).telemetry;
    let usual = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    let endpoint = |variables: &[(&str, &str)]| {
        let url = telemetry(variables).otlp_endpoint;
        url.map(|url| url.to_string())
    };
    assert_eq!(endpoint(&[]), None);
    assert_eq!(endpoint(&[(usual.0, "")]), None);
    assert_eq!(
        endpoint(&[usual]).as_deref(),
        Some("http://localhost:4318/")
    );
    let off = ("TASKLANE__TELEMETRY__OTLP_ENDPOINT", "");
    assert_eq!(endpoint(&[usual, off]), None);
    let named = telemetry(&[
        ("OTEL_SERVICE_NAME", "tasks"),
        ("TASKLANE__TELEMETRY__SAMPLING_RATIO", "0.25"),
    ]);
    assert_eq!(named.service_name, "tasks");
    assert!((named.sampling_ratio - 0.25).abs() < f64::EPSILON);
}
