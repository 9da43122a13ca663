r"""Parts of the formulas that several losses share; :math:`\zeta(x)=\log(1+e^x)`, see the catalogue."""

PLAIN = r"y\,\zeta(-z_i) + (1-y)\,\zeta(z_i)"
TOLERANT = r"y\,\zeta(-(z_i-\nu_i)) + \tfrac{1-y}{\lambda}\,\zeta(\lambda(z_i-\nu_i))"
FOCUS = r"s\,(1-p_t)^{\gamma}"
P_PLAIN = r",\quad p_t = y\,\sigma(z_i) + (1-y)\,\sigma(-z_i)"
P_TOLERANT = r",\quad p_t = y\,\sigma(z_i-\nu_i) + (1-y)\,\sigma(-\lambda(z_i-\nu_i))"
R_HAT = r",\quad \hat r_i = \alpha + \sigma(\beta(r_i-\mu)),\; r_i = \frac{1/n_i}{\sum_j y_j/n_j}"
NU = r",\quad \nu_i = \kappa\log(N/n_i-1)\;[/\lambda]"
