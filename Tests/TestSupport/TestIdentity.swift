import COpenSSL
import Glibc

/// A self-signed certificate for 127.0.0.1 and its key.
package final class TestIdentity: @unchecked Sendable {
    // Proof: made in init, only read afterwards.
    package let key: OpaquePointer
    package let certificate: OpaquePointer

    /// - Parameter names: for whom it is, as OpenSSL writes subjectAltName.
    package init(names: String = "IP:127.0.0.1") throws(TestSupportError) {
        var key: OpaquePointer?
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        // P-256: BoringSSL, unlike OpenSSL, does not take Ed25519 certificates by default.
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key, let certificate = X509_new()
        else { throw TestSupportError(message: "No test certificate.") }
        self.key = key
        self.certificate = certificate
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600)
        X509_set_pubkey(certificate, key)
        let name = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_FLAG | 1, "test", -1, -1, 0)
        X509_set_issuer_name(certificate, name)
        let extra = X509V3_EXT_conf_nid(nil, nil, NID_subject_alt_name, names)
        X509_add_ext(certificate, extra, -1)
        X509_EXTENSION_free(extra)
        guard X509_sign(certificate, key, EVP_sha256()) > 0 else { throw TestSupportError(message: "No test certificate.") }
    }

    deinit {
        EVP_PKEY_free(key)
        X509_free(certificate)
    }

    package func writeCertificate(to path: String) throws(TestSupportError) {
        try write(path) { PEM_write_X509($0, certificate) }
    }

    package func writeKey(to path: String) throws(TestSupportError) {
        try write(path) { PEM_write_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    private func write(_ path: String, _ body: (UnsafeMutablePointer<FILE>) -> CInt) throws(TestSupportError) {
        guard let file = fopen(path, "w") else { throw TestSupportError(message: "No file (errno \(errno)).") }
        defer { fclose(file) }
        guard body(file) == 1 else { throw TestSupportError(message: "OpenSSL could not write a file.") }
    }
}
