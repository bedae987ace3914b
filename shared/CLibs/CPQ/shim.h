#pragma once
// Debian keeps libpq's headers in a folder of their own; naming it here avoids pkg-config and its Kerberos flags.
#include <postgresql/libpq-fe.h>
