//! JSON Schema of what writes itself by hand, for the documents of the API.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    bytes::Bytes,
    ids::{
        AccountId, ActId, ApiTokenId, BlobId, ClientId, DeviceId, EntryId, GroupId, InviteId,
        LinkId, LoginId, MailId, MeetingId, PasskeyId, RoomId, Seq, SessionId, Ticket,
    },
    limits::{USER_NAME_MAX, USER_NAME_MIN},
    names::UserName,
    pin::Pin,
    rest::{
        LoginCode, LoginFinish, LoginRequest, LoginStart, PasswordFinish, PasswordRequest,
        PasswordStart, RecoveryLogin, RegisterFinish, RegisterRequest, RegisterStart,
    },
    time::Timestamp,
};

/// The greatest integer that a JavaScript number holds.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

macro_rules! schemas {
    ($($($name:ident)+ = $schema:tt;)*) => {$($(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+)*};
}

/// A body that is one of several legs.
macro_rules! legs {
    ($($name:ident = $($leg:ident)+;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "anyOf": [$(generator.subschema_for::<$leg>()),+] })
            }
        }
    )*};
}

legs! {
    RegisterRequest = RegisterStart RegisterFinish;
    LoginRequest = LoginStart LoginFinish RecoveryLogin LoginCode;
    PasswordRequest = PasswordStart PasswordFinish;
}

schemas! {
    Bytes = {
        "description": "Bytes in standard padded base64 (RFC 4648 section 4).",
        "type": "string",
        "contentEncoding": "base64",
        "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
    };
    AccountId ApiTokenId BlobId ClientId DeviceId GroupId LinkId LoginId MeetingId PasskeyId SessionId Ticket = {
        "description": "Sixteen bytes in lower-case hex.",
        "type": "string",
        "pattern": "^[0-9a-f]{32}$",
    };
    ActId EntryId InviteId MailId RoomId = {
        "description": "A number that JavaScript holds.",
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_SAFE_INTEGER,
    };
    Seq = {
        "description": "A place in a room's log; 0 is before the first entry.",
        "type": "integer",
        "minimum": 0,
        "maximum": MAX_SAFE_INTEGER,
    };
    UserName = {
        "description": "A user name.",
        "type": "string",
        "minLength": USER_NAME_MIN,
        "maxLength": USER_NAME_MAX,
        "pattern": "^[a-z0-9][a-z0-9._-]*[a-z0-9]$",
    };
    Pin = {
        "description": "SHA-256 of a SubjectPublicKeyInfo (RFC 7469 section 2.4).",
        "type": "string",
        "pattern": "^sha256/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$",
    };
    Timestamp = {
        "description": "RFC 3339, UTC, milliseconds.",
        "type": "string",
        "format": "date-time",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
    };
}
