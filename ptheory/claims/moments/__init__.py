"""Claims about expectations over all parameters of a network of finite width, as E[z1 z2] = d12*G[1,2]."""
