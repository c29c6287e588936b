#!/usr/bin/env bash
# Makes the certificates and keys beside this file, which tests alone use and nobody trusts. They are
# committed, so that tests need no OpenSSL, and good from 2020 to 2119, whatever a machine's clock says.
set -euo pipefail
cd "$(dirname "$0")"
state=$(mktemp -d)
trap 'rm -r "$state"' EXIT
touch "$state/index"
cat >"$state/config" <<END
[ca]
default_ca = all
[all]
new_certs_dir = $state
database = $state/index
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
[server]
subjectAltName = IP:127.0.0.1, DNS:localhost
[client]
extendedKeyUsage = clientAuth
END

ec_key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }

# certificate NAME SECTION SIGNING-OPTIONS...
certificate() {
  ec_key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=gateway test $1" -out "$state/$1.csr"
  openssl ca -config "$state/config" -batch -notext -startdate 20200101000000Z -enddate 21191231235959Z \
    -extensions "$2" -in "$state/$1.csr" -out "$1.pem" "${@:3}" 2>/dev/null
}

for name in ca other-ca; do certificate "$name" authority -selfsign -keyfile "$name.key"; done
certificate server server -cert ca.pem -keyfile ca.key
for name in client other-client; do certificate "$name" client -cert ca.pem -keyfile ca.key; done
rm ca.key other-ca.key

# Keys of operators who sign certificates of authorities.
ec_key signer-ec.key
openssl genpkey -algorithm ed25519 -out signer-ed25519.key
