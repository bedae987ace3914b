#pragma once
#include <pocketsphinx/pocketsphinx.h>
#include <sphinxbase/err.h> // err_set_logfp, err_set_callback: the library writes to standard error by default
#include <sphinxbase/jsgf.h>
