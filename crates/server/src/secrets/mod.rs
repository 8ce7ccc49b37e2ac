//! What the server itself must keep secret rests sealed under a key that is derived from `SECRET_KEY`: the key, what is
//! sealed under it, and how all of it comes under another one.

mod kept;
mod key;
mod rotation;
mod sealer;
mod weak;

pub(crate) use kept::{Secret, SetupError, keep_or_draw};
pub use key::{SecretKey, SecretKeyTooShort};
pub(crate) use rotation::{Rotation, Under, under};
pub(crate) use sealer::{NotOpened, Sealed, Sealer};
pub use weak::WeakKey;
