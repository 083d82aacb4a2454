#!/bin/sh
# Starts nginx with the certificate that is mounted at /tls (tls.crt and tls.key), or with one that it makes for this
# start: a browser warns of it.
set -eu

mkdir -p /tmp/nginx
if [ -e /tls/tls.key ]; then
    ln -sf /tls/tls.crt /tls/tls.key /tmp/nginx/
else
    rm -f /tmp/nginx/tls.crt /tmp/nginx/tls.key
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -addext 'subjectAltName = DNS:localhost, IP:127.0.0.1' \
        -keyout /tmp/nginx/tls.key -out /tmp/nginx/tls.crt 2>/dev/null
fi
# The gateway's address changes when its container is made anew: nginx asks for it again and again, which it does only
# when it is told whom to ask.
server=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
case $server in *:*) server="[$server]" ;; esac
echo "resolver $server valid=5s ipv6=off;" >/tmp/nginx/resolver.conf

exec nginx -c /demo/nginx.conf -e stderr
