#pragma once
#include <curl/curl.h>

// Swift does not import variadic functions. Each wrapper fixes the type of the one variadic argument.
// They live here and not in CShims, so that only programs that use libcurl link it.

/// curl_easy_setopt with a `long` (variadic in C).
static inline CURLcode cshim_curl_setopt_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
/// curl_easy_setopt with a `curl_off_t` (variadic in C; passing a `long` here is undefined on 32-bit machines).
static inline CURLcode cshim_curl_setopt_off(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
/// curl_easy_setopt with a C string, which libcurl copies, CURLOPT_POSTFIELDS excepted (variadic in C).
static inline CURLcode cshim_curl_setopt_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
/// curl_easy_setopt with an object pointer (variadic in C).
static inline CURLcode cshim_curl_setopt_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
/// curl_easy_setopt with a header list, which must outlive the transfer (variadic in C).
static inline CURLcode cshim_curl_setopt_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}
/// The signature shared by CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
typedef size_t (*cshim_curl_data_callback)(char *data, size_t size, size_t count, void *context);
/// curl_easy_setopt with a data callback (variadic in C).
static inline CURLcode cshim_curl_setopt_callback(CURL *easy, CURLoption option, cshim_curl_data_callback value) {
    return curl_easy_setopt(easy, option, value);
}
/// curl_easy_getinfo for a `long` (variadic in C).
static inline CURLcode cshim_curl_getinfo_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}
/// curl_easy_getinfo for a `curl_off_t` (variadic in C).
static inline CURLcode cshim_curl_getinfo_off(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}
/// curl_easy_getinfo for a pointer, for example CURLINFO_PRIVATE (variadic in C).
static inline CURLcode cshim_curl_getinfo_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, (char **)value);
}
/// curl_multi_setopt with a `long` (variadic in C).
static inline CURLMcode cshim_curl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
/// CURLMsg's result is a union member; a plain function spares Swift the union.
static inline CURLcode cshim_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}
