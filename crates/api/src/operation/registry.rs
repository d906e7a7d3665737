use actix_web::http::header::HeaderValue;
use actix_web::web::{self, ServiceConfig};
use serde_json::{Map, Value};

use super::fallback::method_not_allowed;
use super::serve::serve;
use super::{Components, Method, Operation, OperationDescription};

/// Every operation of the API, in the order in which their paths are tried.
#[derive(Default)]
pub struct Operations(Vec<Entry>);

#[derive(Clone, Copy)]
struct Entry {
    method: Method,
    path: &'static str,
    route: fn() -> actix_web::Route,
    describe: fn(&mut Components) -> Value,
}

impl Operations {
    /// Adds an operation.
    #[must_use]
    pub fn add<O: Operation>(mut self) -> Self {
        self.0.push(Entry {
            method: O::ROUTE.method,
            path: O::ROUTE.path,
            route: || web::route().to(serve::<O>),
            describe: |components| OperationDescription::of::<O>(components),
        });
        self
    }

    /// Registers the operations: a resource for each path, which refuses other methods.
    pub fn register(&self, config: &mut ServiceConfig) {
        for operations in self.by_path() {
            let Some(first) = operations.first() else {
                continue;
            };
            let mut resource = web::resource(first.path);
            for operation in &operations {
                resource = resource.route((operation.route)().method(operation.method.into()));
            }
            let allow = allow(&operations);
            config.service(resource.default_service(method_not_allowed(allow)));
        }
    }

    /// The paths of the OpenAPI document; what they share is added to `components`.
    pub(crate) fn describe(&self, components: &mut Components) -> Value {
        let mut paths = Map::new();
        for operations in self.by_path() {
            let mut item = Map::new();
            for operation in &operations {
                let name = operation.method.name().to_lowercase();
                item.insert(name, (operation.describe)(components));
                paths.insert(operation.path.to_owned(), Value::Object(item.clone()));
            }
        }
        Value::Object(paths)
    }

    fn by_path(&self) -> Vec<Vec<Entry>> {
        let mut groups: Vec<Vec<Entry>> = Vec::new();
        for entry in &self.0 {
            let same_path =
                |group: &&mut Vec<Entry>| group.iter().any(|other| other.path == entry.path);
            match groups.iter_mut().find(same_path) {
                Some(group) => group.push(*entry),
                None => groups.push(vec![*entry]),
            }
        }
        groups
    }
}

/// The methods of a path. What can be read can be asked for its head.
fn allow(operations: &[Entry]) -> HeaderValue {
    let mut methods: Vec<_> = operations
        .iter()
        .map(|operation| operation.method.name())
        .collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Method> for actix_web::http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}
