//! Where clients come in: the addresses that are listened at, and the one by which people know the server.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{
    app::Shared,
    config::{Config, Transport},
    listener::{Desk, Listener, redirect},
    public_url::PublicUrl,
    serve::ServeError,
    tls::Tls,
};

/// Addresses that are bound, and where nothing is accepted yet.
pub(crate) struct Entrance {
    address: SocketAddr,
    own: TcpListener,
    /// For plain HTTP, which is sent to https.
    redirect: Option<TcpListener>,
}

/// What is open.
pub(crate) struct Open {
    pub(crate) listener: Listener,
    /// Where plain HTTP is sent to https.
    pub(crate) plain_address: Option<SocketAddr>,
}

impl Entrance {
    /// Binds.
    ///
    /// # Errors
    /// Names the address that cannot be had.
    pub(crate) async fn bind(config: &Config) -> Result<Self, ServeError> {
        let own = bind(config.listen).await?;
        let redirect = match config.transport.redirect {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let address = own.local_addr();
        let address = address.map_err(|error| ServeError::Listen(config.listen, error))?;
        Ok(Self {
            address,
            own,
            redirect,
        })
    }

    /// What the operator says, else the first name of the certificate, else this machine's own.
    pub(crate) fn public_url(&self, config: &Config, tls: Option<&Tls>) -> PublicUrl {
        let port = self.address.port();
        let asked_for = || {
            let name = config.transport.acme.as_ref()?.names.first()?;
            PublicUrl::of_certificate(name, port)
        };
        let certified = || {
            let certificate = tls?.shown.certificate();
            let mut names = certificate.facts.names.iter();
            names.find_map(|name| PublicUrl::of_certificate(name, port))
        };
        let said = config.public_url.clone();
        said.or_else(asked_for)
            .or_else(certified)
            .unwrap_or_else(|| PublicUrl::localhost(port))
    }

    /// Starts to accept.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub(crate) fn open(
        self,
        app: &Shared,
        router: Router,
        transport: &Transport,
    ) -> Result<Open, ServeError> {
        let to_https = redirect::router(app);
        let desk = Desk {
            router,
            redirect: to_https.clone(),
            tls: app
                .tls
                .as_ref()
                .map(|tls| TlsAcceptor::from(tls.config.clone())),
            proxies: transport.proxies.clone(),
        };
        let unbound = |error| ServeError::Listen(self.address, error);
        let mut listener = Listener::start(self.own, desk).map_err(unbound)?;
        let mut plain_address = None;
        if let Some(plain) = self.redirect {
            plain_address = plain.local_addr().ok();
            let desk = Desk {
                router: to_https.clone(),
                redirect: to_https,
                tls: None,
                proxies: transport.proxies.clone(),
            };
            listener.open(plain, desk);
        }
        Ok(Open {
            listener,
            plain_address,
        })
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| ServeError::Listen(address, error))
}
