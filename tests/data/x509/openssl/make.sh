#!/bin/sh
# Everything in this folder that the openssl program made: run in an empty folder with OpenSSL 3.0 (ML-DSA aside, see README).
set -e
export RANDFILE=/dev/null
cat > ca.cnf <<'C'
[ca]
default_ca = lab
[lab]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 3650
crl_extensions = crl_ext
[crl_ext]
authorityKeyIdentifier = keyid:always, issuer:always
issuingDistributionPoint = critical, @idp
[idp]
fullname = URI:http://lab.test/ca.crl
onlyuser = TRUE
onlysomereasons = keyCompromise, CACompromise
indirectCRL = TRUE
[req]
distinguished_name = dn
prompt = no
req_extensions = wanted
attributes = attrs
[dn]
C = DE
O = tlslab
CN = demo.lab.test
[attrs]
challengePassword = not a secret
unstructuredName = a sample
[wanted]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:demo.lab.test, IP:127.0.0.1, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:user@lab.test
tlsfeature = status_request
C
openssl ecparam -name prime256v1 -genkey -noout -out ca-key.pem
openssl req -x509 -new -key ca-key.pem -subj /CN=lab-ca -days 3650 -out ca.pem
openssl ecparam -name prime256v1 -genkey -noout -out leaf-key.pem
openssl req -new -key leaf-key.pem -config ca.cnf -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -set_serial 0x1001 -days 3650 -out leaf.pem
openssl req -in request.pem -outform DER -out request.der
: > index.txt
echo 1F > crlnumber
printf 'R\t340101000000Z\t260101000000Z,keyCompromise\t1001\tunknown\t/CN=demo.lab.test\n' >> index.txt
printf 'R\t340101000000Z\t260102000000Z,CAkeyTime,20250101000000Z\t1002\tunknown\t/CN=two\n' >> index.txt
printf 'R\t340101000000Z\t260103000000Z,holdInstruction,holdInstructionReject\t1003\tunknown\t/CN=three\n' >> index.txt
printf 'R\t340101000000Z\t260104000000Z\t1004\tunknown\t/CN=four\n' >> index.txt
openssl ca -config ca.cnf -gencrl -keyfile ca-key.pem -cert ca.pem -out crl.pem
openssl crl -in crl.pem -outform DER -out crl.der
# A certificate with the extensions of everybody
cat > vendor.cnf <<'C'
[req]
distinguished_name = dn
prompt = no
x509_extensions = all
[dn]
CN = every vendor
[all]
basicConstraints = critical, CA:TRUE, pathlen:0
certificatePolicies = 1.3.6.1.4.1.44363.1, @policy
issuerAltName = URI:http://lab.test
subjectInfoAccess = 1.3.6.1.5.5.7.48.5;URI:http://lab.test/repository
freshestCRL = URI:http://lab.test/delta.crl
crlDistributionPoints = points
nameConstraints = permitted;IP:10.0.0.0/255.0.0.0, excluded;email:.lab.test
policyConstraints = requireExplicitPolicy:0, inhibitPolicyMapping:1
inhibitAnyPolicy = 2
sbgp-ipAddrBlock = critical, IPv4:10.0.0.0/8, IPv4:192.0.2.0-192.0.2.130, IPv6:inherit
sbgp-autonomousSysNum = critical, AS:64496, AS:64500-64511
nsCertType = server, sslCA
nsComment = a remark
nsBaseUrl = http://lab.test/
tlsfeature = status_request, 17
noCheck = ignored
1.3.6.1.4.1.311.20.2 = ASN1:BMPSTRING:SubCA
1.3.6.1.4.1.311.21.1 = ASN1:INTEGER:0x10001
1.3.6.1.4.1.311.21.2 = ASN1:FORMAT:HEX,OCTETSTRING:00112233
1.3.6.1.4.1.311.21.7 = ASN1:SEQUENCE:template
1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:ntds
1.3.6.1.5.5.7.1.3 = ASN1:SEQUENCE:statements
1.3.6.1.5.5.7.1.31 = critical, ASN1:FORMAT:HEX,OCTETSTRING:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
2.23.140.3.1 = ASN1:SEQUENCE:organization
2.5.29.9 = ASN1:SEQUENCE:attributes
[policy]
policyIdentifier = 1.2.3.4
CPS.1 = http://lab.test/cps
userNotice.1 = @notice
[notice]
explicitText = for tests
organization = tlslab
noticeNumbers = 1, 2
[points]
fullname = URI:http://lab.test/ca.crl
CRLissuer = dirName:issuer
reasons = keyCompromise, CACompromise
[issuer]
CN = list signer
[template]
id = OID:1.3.6.1.4.1.311.21.8.1.2.3
major = INTEGER:100
minor = INTEGER:3
[ntds]
name = IMPLICIT:0,SEQUENCE:sid
[sid]
id = OID:1.3.6.1.4.1.311.25.2.1
value = EXPLICIT:0,FORMAT:ASCII,OCTETSTRING:S-1-5-21-1-2-3-500
[statements]
one = SEQUENCE:compliance
two = SEQUENCE:type
[compliance]
id = OID:0.4.0.1862.1.1
[type]
id = OID:0.4.0.1862.1.6
types = SEQUENCE:web
[web]
id = OID:0.4.0.1862.1.6.3
[organization]
scheme = PRINTABLESTRING:NTR
country = PRINTABLESTRING:DE
state = IMPLICIT:0,PRINTABLESTRING:BY
reference = UTF8String:HRB 1
[attributes]
birth = SEQUENCE:birth
country = SEQUENCE:country
[birth]
id = OID:1.3.6.1.5.5.7.9.1
values = SET:birth_value
[birth_value]
time = GENERALIZEDTIME:19700101000000Z
[country]
id = OID:1.3.6.1.5.5.7.9.4
values = SET:country_value
[country_value]
name = PRINTABLESTRING:DE
C
openssl req -x509 -new -key leaf-key.pem -config vendor.cnf -days 3650 -outform DER -out vendor.der
rm -f vendor.cnf
# OCSP
printf 'V\t340101000000Z\t\t1001\tunknown\t/CN=demo.lab.test\n' > index-good.txt
printf 'R\t340101000000Z\t260101000000Z,keyCompromise\t1001\tunknown\t/CN=demo.lab.test\n' > index-revoked.txt
openssl ocsp -issuer ca.pem -cert leaf.pem -serial 77 -reqout ocsp-request.der
openssl ocsp -issuer ca.pem -cert leaf.pem -signer leaf.pem -signkey leaf-key.pem -reqout ocsp-request-signed.der
openssl ocsp -index index-good.txt -CA ca.pem -rsigner ca.pem -rkey ca-key.pem -reqin ocsp-request.der -ndays 3650 -respout ocsp-good.der > /dev/null
openssl ocsp -index index-revoked.txt -CA ca.pem -rsigner ca.pem -rkey ca-key.pem -reqin ocsp-request.der -resp_key_id -ndays 3650 -respout ocsp-revoked.der > /dev/null
printf '\060\003\012\001\006' > ocsp-unauthorized.der
# CMS
printf 'hello' > text
openssl crl2pkcs7 -in crl.pem -certfile leaf.pem -certfile ca.pem -outform DER -out certificates.p7b
openssl cms -sign -in text -signer leaf.pem -inkey leaf-key.pem -outform DER -nodetach -out signed.p7
openssl cms -sign -in text -signer leaf.pem -inkey leaf-key.pem -outform DER -stream -nodetach -out signed-stream.p7
openssl genrsa -out rsa-key.pem 1024 2> /dev/null
openssl req -x509 -new -key rsa-key.pem -subj /CN=rsa -days 3650 -out rsa.pem
openssl cms -encrypt -in text -aes256 -outform DER -out enveloped.p7 rsa.pem
openssl cms -encrypt -in text -aes256 -outform DER -stream -out enveloped-stream.p7 rsa.pem
openssl cms -encrypt -in text -aes128 -outform DER -out enveloped-ecdh.p7 leaf.pem
openssl cms -encrypt -in text -aes128 -pwri_password demo -outform DER -out enveloped-password.p7
openssl cms -encrypt -in text -aes-128-gcm -outform DER -out auth-enveloped.p7 rsa.pem
openssl cms -EncryptedData_encrypt -in text -aes128 -secretkey 000102030405060708090a0b0c0d0e0f -outform DER -out encrypted-data.p7
openssl cms -digest_create -in text -outform DER -out digested.p7
openssl cms -data_create -in text -outform DER -out data.p7
# Keys
openssl pkey -in rsa-key.pem -traditional -outform DER -out rsa-key.der
openssl pkcs8 -topk8 -nocrypt -in rsa-key.pem -outform DER -out rsa-pkcs8.der
openssl pkey -in leaf-key.pem -traditional -outform DER -out ec-key.der
openssl pkcs8 -topk8 -nocrypt -in leaf-key.pem -outform DER -out ec-pkcs8.der
openssl pkcs8 -topk8 -in leaf-key.pem -passout pass:demo -outform DER -out pbes2.der
openssl pkcs8 -topk8 -in leaf-key.pem -passout pass:demo -scrypt -outform DER -out scrypt.der
openssl pkcs8 -topk8 -in leaf-key.pem -passout pass:demo -v1 PBE-SHA1-3DES -outform DER -out pbe-3des.der
openssl genpkey -algorithm ed25519 -outform DER -out ed25519-pkcs8.der
openssl genpkey -algorithm x448 -outform DER -out x448-pkcs8.der
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 -out dsa-params.pem 2> /dev/null
openssl dsaparam -in dsa-params.pem -outform DER -out dsa-params.der
openssl gendsa -out dsa-key.pem dsa-params.pem 2> /dev/null
openssl dsa -in dsa-key.pem -outform DER -out dsa-key.der 2> /dev/null
openssl pkcs8 -topk8 -nocrypt -in dsa-key.pem -outform DER -out dsa-pkcs8.der
openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -outform DER -out ec-explicit.der
openssl ecparam -name secp384r1 -param_enc explicit -outform DER -out ec-parameters.der
openssl ecparam -name secp384r1 -outform DER -out ec-named.der
openssl ec -inform DER -in ec-explicit.der -pubout -outform DER -out ec-explicit-public.der 2> /dev/null
openssl pkey -in leaf-key.pem -pubout -outform DER -out ec-public.der
openssl rsa -in rsa-key.pem -RSAPublicKey_out -outform DER -out rsa-public.der 2> /dev/null
openssl rsa -in rsa-key.pem -pubout -outform DER -out rsa-spki.der 2> /dev/null
openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:1024 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -outform DER -out rsa-pss-pkcs8.der 2> /dev/null
openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 | openssl dhparam -outform DER -out dh-ffdhe2048.der
openssl genpkey -genparam -algorithm DHX -pkeyopt dh_rfc5114:1 | sed /-----/d | base64 -d > dhx-rfc5114.der
openssl dgst -sha256 -sign leaf-key.pem -out ecdsa-signature.der text
# PKCS 12
openssl pkcs12 -export -in leaf.pem -inkey leaf-key.pem -certfile ca.pem -name demo -passout pass:demo -out modern.p12
openssl pkcs12 -export -in leaf.pem -inkey leaf-key.pem -certfile ca.pem -name demo -passout pass:demo -keypbe NONE -certpbe NONE -nomaciter -out plain.p12
openssl pkcs12 -export -in leaf.pem -inkey leaf-key.pem -name demo -passout pass:demo -nomac -keypbe PBE-SHA1-3DES -certpbe NONE -out nomac.p12
openssl pkcs12 -export -nokeys -in leaf.pem -passout pass:demo -legacy -out legacy.p12
# Text around PEM
openssl x509 -in leaf.pem -text > leaf-text.pem
openssl x509 -in leaf.pem -trustout -addtrust serverAuth -setalias demo -out trusted.pem
openssl rsa -in rsa-key.pem -aes128 -passout pass:demo -traditional -out rsa-dek-info.pem 2> /dev/null
rm -f ca.cnf index*.txt* crlnumber* text dsa-params.pem dsa-key.pem
