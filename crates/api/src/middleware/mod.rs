//! What surrounds every operation.

mod deadline;
mod fallback;
mod observe;
mod occupy;
mod problems;
mod request_id;
mod security_headers;
mod shed;

pub use deadline::{Deadline, deadline};
pub use fallback::{AllowedMethods, fallback};
pub use observe::{HeadOnly, observe};
pub use occupy::occupy;
pub use problems::write_problems;
pub use request_id::{RequestId, identify};
pub use security_headers::{StrictTransport, security_headers};
pub use shed::shed;
