#pragma once
#include <stdio.h> // lame.h uses FILE without including it
#include <lame/lame.h>
