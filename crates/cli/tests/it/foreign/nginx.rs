//! Our server behind nginx, with the configuration that the project hands out.

use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    process::{Command, Stdio},
};

use super::{
    free_port, installed, of_the_project,
    proxied::{self, Proxy},
};
use crate::{
    patience::until,
    world::{TLS, World},
};

/// The file of the project, for the world's certificate and these ports.
fn configuration(world: &World, server: &str, https: u16, http: u16) -> String {
    let dir = world.path().display().to_string();
    let site = fs::read_to_string(of_the_project("packaging/nginx.conf")).unwrap();
    let site = site
        .replace("    listen [::]:443 ssl http2;\n", "")
        .replace("    listen [::]:80;\n", "")
        .replace("listen 443", &format!("listen 127.0.0.1:{https}"))
        .replace("listen 80", &format!("listen 127.0.0.1:{http}"))
        .replace("127.0.0.1:5000", server)
        .replace(
            "/etc/letsencrypt/live/chat.example.org/fullchain.pem",
            &format!("{dir}/chain.pem"),
        )
        .replace(
            "/etc/letsencrypt/live/chat.example.org/privkey.pem",
            &format!("{dir}/key.pem"),
        )
        .replace(
            "https://chat.example.org",
            &format!("https://localhost:{https}"),
        )
        .replace("chat.example.org", "localhost");
    let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places = places.map(|name| format!("{name}_temp_path {dir}/nginx-{name};\n"));
    format!(
        "daemon off;\npid {dir}/nginx.pid;\nerror_log {dir}/nginx.log;\nevents {{}}\nhttp {{\n{}{site}}}\n",
        places.concat()
    )
}

fn start(configuration: &str, world: &World, port: u16) -> Proxy {
    let file = world.path().join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    let child = Command::new(NGINX)
        .arg("-c")
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let nginx = Proxy(child);
    until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
    nginx
}

/// Where Debian has it; no ordinary account looks there.
const NGINX: &str = "/usr/sbin/nginx";

#[test]
fn people_chat_through_nginx_with_the_configuration_of_the_project() {
    if installed().is_none() {
        return;
    }
    let (world, _authority) = World::over_tls(TLS);
    let (_, place) = world.url.split_once("//localhost:").unwrap();
    let server = format!("127.0.0.1:{place}");
    let (https, http) = (free_port(), free_port());
    world.stop_server();
    world.start_server(proxied::behind(https));
    let _nginx = start(&configuration(&world, &server, https, http), &world, https);
    proxied::people_chat(&world, https);
}
