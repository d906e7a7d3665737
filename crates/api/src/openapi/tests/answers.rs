use super::*;

#[test]
fn every_answer_has_its_headers() {
    let document = document();
    for (path, operation) in operations(&document) {
        let id = &operation["operationId"];
        for (status, response) in object(&operation["responses"], "responses") {
            let headers = object(&response["headers"], "headers");
            let mut wanted = vec!["X-Request-Id"];
            if path.starts_with("/api/") {
                wanted.extend(["RateLimit", "RateLimit-Policy"]);
            }
            match status.as_str() {
                "401" => wanted.push("WWW-Authenticate"),
                "429" | "503" => wanted.push("Retry-After"),
                "412" | "428" if path.contains("{id}") => wanted.push("ETag"),
                _ => {}
            }
            let answers_a_task = response["content"]["application/json"]["schema"]["$ref"]
                == "#/components/schemas/Task";
            if answers_a_task {
                wanted.push("ETag");
                if status == "201" {
                    wanted.push("Location");
                }
            }
            for name in wanted {
                assert!(headers.contains_key(name), "{id} {status} lacks {name}");
            }
            for (name, header) in headers {
                let header = resolve(&document, header);
                assert_says(&header["description"], name);
                for example in examples(&document, header) {
                    assert_valid(&document, &header["schema"], example, name);
                }
            }
        }
    }
}

#[test]
fn every_problem_is_listed_under_its_status() {
    use crate::problem::ProblemCode;
    let document = document();
    let mut met = BTreeSet::new();
    for (path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        for (status, response) in object(&operation["responses"], "responses") {
            let failed = status.starts_with(['4', '5']);
            let codes = response[crate::operation::CODES].as_array();
            assert_eq!(codes.is_some(), failed, "{id} {status}");
            for code in codes.into_iter().flatten() {
                let code = code.as_str().unwrap();
                let known = ProblemCode::ALL.iter().find(|known| known.as_str() == code);
                assert_eq!(known.unwrap().status().to_string(), *status, "{id} {code}");
                assert!(response["description"].as_str().unwrap().contains(code));
                let example = &response["content"]["application/problem+json"]["examples"][code];
                assert_eq!(resolve(&document, example)["value"]["code"], code, "{id}");
                met.insert(code.to_owned());
            }
        }
        let is_open = operation["security"] == json!([{}]);
        let refuses_strangers = !operation["responses"]["401"].is_null();
        let proves_it_in_the_body =
            ["login_account", "refresh_session", "reset_password"].contains(&id);
        assert!(
            is_open != refuses_strangers || proves_it_in_the_body,
            "{path} {id}"
        );
    }
    // Nothing that has an operation answers with the method that it lacks.
    let all = ProblemCode::ALL.iter().map(|code| code.as_str().to_owned());
    let all: BTreeSet<_> = all.filter(|code| code != "method_not_allowed").collect();
    assert_eq!(met, all);
}
