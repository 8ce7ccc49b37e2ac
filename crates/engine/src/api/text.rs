//! What a person types or is handed, and nobody else is to read.

use protocol::rest::FactorCode;
use zeroize::Zeroizing;

/// A text that nobody but its reader is to see. Wiped when dropped; `Debug` shows its type only.
macro_rules! secret_text {
    ($(#[$words:meta])* $name:ident) => {
        $(#[$words])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the text.
            pub fn new(text: String) -> Self {
                Self(Zeroizing::new(text))
            }

            /// The text.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

secret_text! {
    /// A password on its way through.
    Password
}

secret_text! {
    /// An invite link, by which whoever has it comes in: what stands behind the `#` of its URL, or the room's number and six
    /// words.
    #[derive(PartialEq, Eq)]
    LinkText
}

secret_text! {
    /// A recovery code, or one of a second factor, as a person types it, in any case, with or without its hyphens.
    CodeText
}

impl CodeText {
    /// As it is shown to the server.
    pub(crate) fn shown(&self) -> FactorCode {
        FactorCode(self.expose().to_owned())
    }
}

impl LinkText {
    /// Whether it leads into a room of basic encryption, which asks for a passphrase.
    pub fn is_shared_key(&self) -> bool {
        self.expose().trim_start().starts_with("shared-key=")
    }
}
